package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// progress draws a bar on a terminal, and nothing elsewhere.
type progress struct {
	w     *os.File
	total int
	drawn int           // marks
	cost  time.Duration // CPU time of drawing
}

func newProgress(w io.Writer, total int) *progress {
	return &progress{w: terminal(w), total: total, drawn: -1}
}

const barWidth = 40

func (p *progress) step(n int) {
	if p.w == nil {
		return
	}
	if done := n * barWidth / p.total; done != p.drawn {
		p.drawn = done
		cpu := metrics.ProcessCPU()
		fmt.Fprintf(p.w, "\r[%s%s] %d/%d", strings.Repeat("#", done), strings.Repeat(".", barWidth-done), n, p.total)
		p.cost += metrics.ProcessCPU() - cpu
	}
}

// end clears the line.
func (p *progress) end() {
	if p.w != nil {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", barWidth+24))
	}
}
