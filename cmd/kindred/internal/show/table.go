package show

import (
	"strings"
)

// Table is rows of cells below a heading, each column as wide as its widest cell. The zero value has no
// heading. It is not for concurrent use.
type Table struct {
	// Indent stands in front of every line.
	Indent string
	rows   [][]string
}

// NewTable starts a table with its heading; every line is indented by two columns.
func NewTable(heading ...string) *Table {
	t := &Table{Indent: "  "}
	if len(heading) > 0 {
		t.rows = append(t.rows, heading)
	}
	return t
}

// Row adds a row. Cells are made harmless. Missing cells at its end stay empty.
func (t *Table) Row(cells ...string) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = Harmless(c)
	}
	t.rows = append(t.rows, row)
}

// String gives the lines, each with its line end and none with spaces before it.
func (t *Table) String() string {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(cell))
		}
	}
	var out strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		line.WriteString(t.Indent)
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-Width(cell)))
		}
		out.WriteString(strings.TrimRight(line.String(), " "))
		out.WriteByte('\n')
	}
	return out.String()
}
