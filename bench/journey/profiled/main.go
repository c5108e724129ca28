// Command profiled is the product with a switch for the benchmark beside it: SIGUSR1 begins a CPU profile in the file that
// SOJOURN_BENCH_PROFILE names, SIGUSR2 ends it.
package main

import (
	"log"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"

	"sojourn/app"
)

func main() {
	path := os.Getenv("SOJOURN_BENCH_PROFILE")
	_ = os.Unsetenv("SOJOURN_BENCH_PROFILE") // the product refuses settings that it does not know
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1, syscall.SIGUSR2)
	go profile(path, asked)
	app.Main()
}

func profile(path string, asked <-chan os.Signal) {
	var file *os.File
	for s := range asked {
		if s == syscall.SIGUSR2 {
			pprof.StopCPUProfile()
			_ = file.Close()
			continue
		}
		var err error
		if file, err = os.Create(path); err == nil {
			err = pprof.StartCPUProfile(file)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}
