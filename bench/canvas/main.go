// Command canvas measures the canvas editor with many steps in Chromium: script time per frame while somebody pans, zooms,
// drags a step, types into a form and walks with the arrow keys. measure.mjs drives the browser and reads the traces; this
// starts the product with its demo data before, and writes bench/results.
//
//	make build && go run ./bench/canvas [-steps 200] [-traces DIR] [-sojourn PATH]
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"sojourn/bench/measure"
)

const startWithin = 5 * time.Minute

var login = regexp.MustCompile(`(\S+@\S+)\s*/\s*(\S+)`)

func main() {
	binary := flag.String("sojourn", filepath.Join("bin", "sojourn"), "the product, built with its UI")
	steps := flag.Int("steps", 200, "steps of the journey")
	traces := flag.String("traces", "", "keep the traces in this folder")
	flag.Parse()
	if err := run(*binary, *steps, *traces); err != nil {
		log.Fatal(err)
	}
}

func run(binary string, steps int, traces string) error {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "sojourn-bench-canvas-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	base, email, password, stop, err := start(binary, dir)
	if err != nil {
		return err
	}
	defer stop()
	settings, err := json.Marshal(map[string]any{"base": base, "email": email, "password": password, "steps": steps, "traces": traces, "executablePath": browser})
	if err != nil {
		return err
	}
	r := measure.Begin(fmt.Sprintf("go run ./bench/canvas -steps %d", steps))
	node := exec.Command("node", filepath.Join("bench", "canvas", "measure.mjs"))
	node.Env, node.Stderr = append(os.Environ(), "CANVAS_SETTINGS="+string(settings)), os.Stderr
	out, err := node.Output()
	if err != nil {
		return fmt.Errorf("measure.mjs: %w", err)
	}
	path, err := r.Write("canvas", json.RawMessage(out))
	if err == nil {
		fmt.Println(path)
	}
	return err
}

// start runs `sojourn dev` on free ports in a folder of its own and reads the demo login from what it prints.
func start(binary, dir string) (base, email, password string, stop func(), err error) {
	free := func() string {
		l, listenErr := net.Listen("tcp", "127.0.0.1:0")
		if listenErr != nil {
			err = listenErr
			return ""
		}
		defer l.Close()
		return l.Addr().String()
	}
	listen, web, temporal := free(), free(), free()
	if err != nil {
		return "", "", "", nil, err
	}
	dev := exec.Command(binary, "dev", "--data", dir, "--listen", listen, "--temporal-ui", web, "--temporal", temporal)
	dev.Stderr = os.Stderr
	out, err := dev.StdoutPipe()
	if err != nil {
		return "", "", "", nil, err
	}
	if err := dev.Start(); err != nil {
		return "", "", "", nil, fmt.Errorf("%w: run `make build` first", err)
	}
	stop = func() {
		_ = dev.Process.Signal(os.Interrupt)
		_ = dev.Wait()
	}
	found := make(chan []string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := login.FindStringSubmatch(lines.Text()); m != nil {
				found <- m
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	select {
	case m := <-found:
		return "http://" + listen, m[1], m[2], stop, nil
	case <-time.After(startWithin):
		stop()
		return "", "", "", nil, fmt.Errorf("sojourn dev printed no login within %s", startWithin)
	}
}
