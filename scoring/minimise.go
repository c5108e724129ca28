package scoring

import "math"

// objective returns f(x) and writes its gradient; a value that is not finite means "outside".
type objective func(x, grad []float64) float64

// optimum is where minimise stopped.
type optimum struct {
	x           []float64
	f           float64
	gradient    float64 // largest absolute component
	iterations  int
	evaluations int
}

// noise is how far, relatively, a sum over a million customers may be off. Near the optimum a value can't tell a
// better point from a worse one within it; the gradient still can.
const noise = 1e-13

// minimise is BFGS with a backtracking line search for a handful of variables, deterministic and without
// allocation inside the loop. It stops when the gradient's largest component is below tol, when steps no longer
// help, or as soon as a variable leaves [−bound, bound]: a likelihood that goes on rising towards infinity is for
// the caller to recognise, not for us to chase.
func minimise(f objective, start []float64, bound, tol float64) optimum {
	n := len(start)
	x, g := append([]float64(nil), start...), make([]float64, n)
	xn, gn, dir := make([]float64, n), make([]float64, n), make([]float64, n)
	step, dg, hy := make([]float64, n), make([]float64, n), make([]float64, n)
	h := identity(n)
	o := optimum{x: x, f: f(x, g), evaluations: 1}
	fresh := true // h is still the identity
	for o.iterations = 0; o.iterations < 300; o.iterations++ {
		o.gradient = largest(g)
		if o.gradient < tol || largest(x) >= bound {
			break
		}
		slope := 0.0
		for i := range dir {
			dir[i] = 0
			for j := range g {
				dir[i] -= h[i][j] * g[j]
			}
			slope += dir[i] * g[i]
		}
		// A step of more than 2 in a logarithm is a leap in the dark; the first one is shorter.
		longest := 2.0
		if fresh {
			longest = 0.5
		}
		scale := math.Min(1, longest/math.Max(largest(dir), 1e-300))
		fn, ok := 0.0, false
		for try := 0; try < 40; try++ {
			for i := range xn {
				xn[i] = math.Max(-bound, math.Min(bound, x[i]+scale*dir[i]))
			}
			fn = f(xn, gn)
			o.evaluations++
			if !math.IsNaN(fn) && fn <= o.f+1e-4*scale*slope+noise*math.Abs(o.f) {
				ok = true
				break
			}
			scale *= 0.4
		}
		if !ok {
			if fresh {
				break
			}
			h, fresh = identity(n), true // a spoilt curvature: begin again with the gradient
			continue
		}
		sy, yhy := 0.0, 0.0
		for i := range x {
			step[i], dg[i] = xn[i]-x[i], gn[i]-g[i]
			sy += step[i] * dg[i]
		}
		if fresh && sy > 0 {
			yy := 0.0
			for i := range dg {
				yy += dg[i] * dg[i]
			}
			for i := range h {
				h[i][i] = sy / yy
			}
		}
		for i := range hy {
			hy[i] = 0
			for j := range dg {
				hy[i] += h[i][j] * dg[j]
			}
			yhy += dg[i] * hy[i]
		}
		if sy > 1e-12*math.Sqrt(dot(step, step)*dot(dg, dg)) {
			for i := range h {
				for j := range h {
					h[i][j] += (1+yhy/sy)*step[i]*step[j]/sy - (hy[i]*step[j]+step[i]*hy[j])/sy
				}
			}
			fresh = false
		}
		copy(x, xn)
		copy(g, gn)
		o.f = fn
	}
	o.gradient = largest(g)
	return o
}

func identity(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		m[i][i] = 1
	}
	return m
}

func largest(v []float64) float64 {
	m := 0.0
	for _, x := range v {
		m = math.Max(m, math.Abs(x))
	}
	return m
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}
