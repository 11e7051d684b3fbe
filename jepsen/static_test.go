package jepsen_test

import (
	"debug/elf"
	"errors"
	"runtime"
	"testing"
)

func TestTheServerIsOneStaticProgram(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the program is looked at as an ELF file")
	}
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it wants a dynamic linker")
		}
	}
	libraries, err := f.ImportedLibraries()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		t.Fatal(err)
	}
	if len(libraries) > 0 {
		t.Errorf("it wants %q", libraries)
	}
}
