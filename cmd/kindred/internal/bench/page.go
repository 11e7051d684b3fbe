package bench

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"time"

	"github.com/kindreddb/kindred/cmd/kindred/internal/figures"
)

//go:embed page.html
var pageSource string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"count":    figures.Count,
	"countInt": func(n int) string { return figures.Count(int64(n)) },
	"bytes":    func(n int) string { return figures.Bytes(int64(n)) },
	"ms":       func(us int64) string { return figures.Millis(float64(us) / 1000) },
	"round":    func(v float64) string { return figures.Count(int64(math.Round(v))) },
	"fixed":    func(v *float64) string { return fmt.Sprintf("%.3f", *v) },
}).Parse(pageSource))

// WritePage writes the report as one page of HTML that needs nothing beside it: tables, and two drawings.
func (r *Report) WritePage(w io.Writer, version string, when time.Time) error {
	return page.Execute(w, struct {
		*Report
		Version, When          string
		Throughput, Percentile template.HTML
	}{r, version, when.UTC().Format("2006-01-02 15:04 UTC"), r.throughput(), r.percentiles()})
}

// Drawings are this large, in pixels, with room for the figures at their left and bottom.
const (
	width, height  = 720, 240
	left, bottom   = 70, 30
	plotX, plotY   = width - left - 10, height - bottom - 10
	throughputInk  = "#2563a8"
	getInk, putInk = "#2563a8", "#b4541a"
)

// throughput draws operations a second over time.
func (r *Report) throughput() template.HTML {
	var top int64 = 1
	for _, s := range r.Timeline {
		top = max(top, s.Ops)
	}
	var points []string
	for i, s := range r.Timeline {
		x := left + (float64(i)+0.5)/float64(len(r.Timeline))*plotX
		points = append(points, point(x, float64(s.Ops)/float64(top)))
	}
	var d drawing
	d.open()
	d.scale(func(share float64) string { return figures.Count(int64(math.Round(share * float64(top)))) })
	d.line(points, throughputInk)
	d.text(left, height-8, "start", "0s")
	d.text(width-10, height-8, "end", figures.Seconds(time.Duration(r.Seconds*float64(time.Second))))
	return d.close()
}

// percentiles draws latency over the percentile, whose scale is stretched towards 100 as its tail matters.
func (r *Report) percentiles() template.HTML {
	var top int64 = 1
	for _, l := range []Latency{r.Get, r.Put} {
		top = max(top, l.MaxUS)
	}
	// Latency is drawn by its logarithm from 10 µs up.
	share := func(us int64) float64 {
		return max(0, math.Log(float64(us)/10)/math.Log(max(float64(top), 20)/10))
	}
	at := func(percent float64) float64 { // 0, 90, 99, 99.9, 99.99 and 100 at equal distances
		nines := -math.Log10(max(1-percent/100, 1e-5))
		return left + min(nines, 5)/5*plotX
	}
	var d drawing
	d.open()
	d.scale(func(share float64) string {
		return figures.Millis(10*math.Pow(max(float64(top), 20)/10, share)/1000) + " ms"
	})
	for _, l := range []struct {
		Latency
		ink string
	}{{r.Get, getInk}, {r.Put, putInk}} {
		var points []string
		for _, p := range l.Curve {
			points = append(points, point(at(p.Percent), share(p.US)))
		}
		d.line(points, l.ink)
	}
	for _, label := range []string{"0", "90", "99", "99.9", "99.99", "100"} {
		var percent float64
		fmt.Sscan(label, &percent)
		anchor := "middle"
		if percent == 100 {
			anchor = "end"
		}
		d.text(at(percent), height-8, anchor, label+"%")
	}
	return d.close()
}

// point is a place in the plot: x in pixels, y as a share of its height from below.
func point(x, share float64) string {
	return fmt.Sprintf("%.1f,%.1f", x, 10+(1-share)*plotY)
}

// drawing is an SVG under construction. All its text is ours: figures and units.
type drawing struct{ out strings.Builder }

func (d *drawing) open() {
	fmt.Fprintf(&d.out, `<svg viewBox="0 0 %d %d" role="img">`, width, height)
}

func (d *drawing) scale(label func(share float64) string) {
	for _, share := range []float64{0, 0.5, 1} {
		y := 10 + (1-share)*plotY
		fmt.Fprintf(&d.out, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#8884"/>`, left, width-10, y, y)
		d.text(left-6, y+4, "end", label(share))
	}
}

func (d *drawing) line(points []string, ink string) {
	if len(points) > 0 {
		fmt.Fprintf(&d.out, `<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>`, ink, strings.Join(points, " "))
	}
}

func (d *drawing) text(x, y float64, anchor, text string) {
	fmt.Fprintf(&d.out, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, y, anchor, template.HTMLEscapeString(text))
}

func (d *drawing) close() template.HTML {
	d.out.WriteString("</svg>")
	return template.HTML(d.out.String())
}
