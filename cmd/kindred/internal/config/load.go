package config

import (
	"slices"
	"strings"
)

// Load fills a Config: flags holds the text of those flags that were given, by name; environ is in the
// form of os.Environ; readFile is os.ReadFile. The error is Faults, with every fault of every source.
func Load(flags map[string]string, environ []string, readFile func(string) ([]byte, error)) (Config, error) {
	l := &loading{settings: Settings(), from: map[string]string{}}
	env := l.environment(environ)

	path, where := flags[FileSetting.Name], "--"+FileSetting.Name
	if path == "" {
		path, where = env[FileSetting.Env()], FileSetting.Env()
	}
	var entries []entry
	if path != "" {
		l.config.File = path
		content, err := readFile(path)
		if err != nil {
			l.faults.add(where, "the settings file cannot be read: %v", err)
		} else {
			entries = l.file(path, content)
		}
	}

	for _, s := range l.settings {
		l.set(s, s.Default, "the default of --"+s.Name)
		for _, e := range entries {
			if e.name == s.Name {
				l.set(s, e.text, at(path, e.line)+": "+s.Name)
			}
		}
		if text, ok := env[s.Env()]; ok {
			l.set(s, text, s.Env())
		}
		if text, ok := flags[s.Name]; ok {
			l.set(s, text, "--"+s.Name)
		}
	}
	l.validate()
	if len(l.faults) > 0 {
		return l.config, l.faults
	}
	return l.config, nil
}

// loading is a Config under construction.
type loading struct {
	settings []Setting
	config   Config
	faults   Faults
	from     map[string]string // where each setting's present value stands
}

// set reads one text into its field. A fault is reported even if a source of higher order overrides it:
// it would strike as soon as that one is taken away.
func (l *loading) set(s Setting, text, where string) {
	l.from[s.Name] = where
	if err := s.read(&l.config, text); err != nil {
		l.faults.add(where, "%v", err)
	}
}

// environment picks the variables of settings, and notes what looks like a mistyped one. Others that
// begin with KINDRED_ are let alone: they may belong to clients, or to whatever starts the server.
func (l *loading) environment(environ []string) map[string]string {
	known := []string{FileSetting.Env()}
	for _, s := range l.settings {
		known = append(known, s.Env())
	}
	others := []string{"KINDRED_ADDR", "KINDRED_ADMIN_ADDR"}
	env := map[string]string{}
	for _, line := range environ {
		name, text, _ := strings.Cut(line, "=")
		switch {
		case slices.Contains(known, name):
			env[name] = text
		case strings.HasPrefix(name, "KINDRED_") && !slices.Contains(others, name):
			for _, k := range known {
				if distance(name, k) <= 2 {
					l.config.Notes = append(l.config.Notes, name+" is no setting and is ignored; did you mean "+k+"?")
					break
				}
			}
		}
	}
	return env
}

// file reads the settings file and reports its unknown and repeated names.
func (l *loading) file(path string, content []byte) []entry {
	entries, faults := parseFile(path, content)
	l.faults = append(l.faults, faults...)
	var names []string
	for _, s := range l.settings {
		names = append(names, s.Name)
	}
	seen := map[string]int{}
	for _, e := range entries {
		switch line, again := seen[e.name], seen[e.name] > 0; {
		case e.name == FileSetting.Name:
			l.faults.add(at(path, e.line), "a settings file cannot name another one")
		case !slices.Contains(names, e.name):
			l.faults.add(at(path, e.line), "unknown setting %q%s", e.name, didYouMean(strings.ReplaceAll(e.name, "_", "-"), names))
		case again:
			l.faults.add(at(path, e.line), "%q stands on line %d already", e.name, line)
		}
		seen[e.name] = e.line
	}
	return entries
}
