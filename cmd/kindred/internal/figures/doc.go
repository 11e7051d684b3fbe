// Package figures writes numbers for people and reads the numbers that people write: sizes, counts,
// durations, ages and shares. It is pure. Exact figures belong into JSON, not here.
package figures
