// Package config is what a server is told: one struct, filled from flags, then the environment, then a
// YAML file, then defaults, in this order of precedence.
//
// Every fault of every source is reported at once, each with the place where it stands: the flag, the
// variable, or the file's line. An unknown name is a fault, told with the nearest name that exists. What
// cannot be judged without the machine (a port in use, a folder that cannot be written) is left to the
// start itself; the secret file alone is read here, by ReadSecret.
package config
