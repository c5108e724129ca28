//go:build chaos && soak

package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"sojourn/chaos/harness"
	"sojourn/chaos/smtpsink"
)

// TestSoak is the long form (`make soak`): load on MariaDB for CHAOS_MINUTES, a random fault every 20 to 40 seconds, and
// the auditor every five minutes. CHAOS_SEED repeats a sequence of faults; CHAOS_DATABASE=sqlite changes the database.
func TestSoak(t *testing.T) {
	ctx := context.Background()
	minutes := 60
	if text := os.Getenv("CHAOS_MINUTES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("CHAOS_MINUTES: %v", err)
		}
		minutes = n
	}
	random := rand.New(rand.NewPCG(seedOf(t), 2))
	w := harness.Start(t, harness.Options{MySQL: os.Getenv("CHAOS_DATABASE") != "sqlite", Workers: 2, OwnTemporal: true})
	end := time.Now().Add(time.Duration(minutes) * time.Minute)
	for round := 1; time.Now().Before(end); round++ {
		stop := load(ctx, t, w, 500*time.Millisecond)
		for until := min(time.Until(end), 5*time.Minute); until > 0; {
			pause := 20*time.Second + time.Duration(random.IntN(20_000))*time.Millisecond
			rest(min(pause, until))
			until -= pause
			t.Logf("%s %s", time.Now().Format(time.TimeOnly), strike(w, random))
		}
		stop()
		audit(ctx, t, w)
		t.Logf("round %d: %s", round, w.Figures(ctx))
		if t.Failed() {
			return
		}
	}
	noCanary(ctx, t, w)
}

// strike does one random harm and undoes what does not undo itself.
func strike(w *harness.World, random *rand.Rand) string {
	i := random.IntN(len(w.Workers))
	switch random.IntN(9) {
	case 0:
		w.Server.Restart("")
		return "server killed"
	case 1:
		w.Workers[i].Restart("")
		return fmt.Sprintf("worker %d killed", i)
	case 2:
		for _, p := range w.Workers {
			p.Kill()
		}
		rest(5 * time.Second)
		for _, p := range w.Workers {
			p.Start("")
		}
		return "all workers away for 5 s"
	case 3:
		w.Workers[i].Freeze()
		rest(2 * harness.Lease)
		w.Workers[i].Thaw()
		return fmt.Sprintf("worker %d frozen for two leases", i)
	case 4:
		w.Workers[i].Terminate(30 * time.Second)
		w.Workers[i].Start("")
		return fmt.Sprintf("worker %d asked to stop", i)
	case 5:
		w.Server.Terminate(30 * time.Second)
		w.Server.Start("")
		return "server asked to stop"
	case 6:
		w.KillTemporal()
		return "Temporal killed"
	case 7:
		steps := []smtpsink.Step{smtpsink.LostAnswer, smtpsink.Greylisted, smtpsink.TemporaryFinal, smtpsink.ShuttingDown, {Drop: smtpsink.DropMidBody}, {Delay: 4 * time.Second}}
		n := random.IntN(len(steps))
		w.Mail.Default(steps[n])
		rest(3 * time.Second)
		w.Mail.Default(smtpsink.Accept)
		return fmt.Sprintf("mail server in mood %d for 3 s", n)
	}
	points := pointsOf(workerPoints)
	point, action := points[random.IntN(len(points))], []string{"kill", "stop", "error", "delay=4s"}[random.IntN(4)]
	w.Workers[i].Restart(fmt.Sprintf("%s:%s:%d", point, action, 1+random.IntN(5)))
	if action == "stop" {
		rest(4 * harness.Lease)
		w.Workers[i].Thaw()
	}
	return fmt.Sprintf("worker %d: %s at %s", i, action, point)
}
