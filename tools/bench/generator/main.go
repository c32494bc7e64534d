// Command generator sends requests to a service and measures the responses, from one pinned core and with Linux system calls only.
//
//	generator open    requests of a Poisson process with a given rate, whatever the response times
//	generator closed  a number of connections, each of which sends a request as soon as it has a response
//	generator watch   measures how long a pinned thread is kept from running, until stdin is closed
//	generator sink    a server that does no work, to measure the limit of the generator
//
// Each prints one JSON object. ../README.md says how to read it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generator:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("one of open, closed, watch and sink is needed")
	}
	// A single thread does all work and must not be moved or stopped: memory is allocated beforehand and never collected.
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	port := flags.Int("port", 8000, "TCP `port` on 127.0.0.1")
	switch arguments[0] {
	case "open", "closed":
		load := load{poisson: arguments[0] == "open"}
		flags.StringVar(&load.path, "path", "/products/42", "path to ask for")
		flags.Float64Var(&load.rate, "rate", 100, "requests per second (open)")
		flags.IntVar(&load.connections, "connections", 100, "connections: the number (closed), or the most (open)")
		flags.DurationVar(&load.warmUp, "warm-up", 2*time.Second, "time before the window")
		flags.DurationVar(&load.window, "window", 10*time.Second, "time that is measured")
		flags.DurationVar(&load.drain, "drain", 10*time.Second, "how long to wait for the last answers")
		flags.Uint64Var(&load.seed, "seed", 1, "seed of the arrivals (open)")
		flags.BoolVar(&load.sleep, "sleep", false, "give the core away between requests, for others that need it")
		flags.Func("counter", "`NAME=FILE` read at the start and at the end of the window", load.counters.add)
		if err := flags.Parse(arguments[1:]); err != nil {
			return err
		}
		load.port = *port
		result, err := load.run()
		return print(result, err)
	case "watch":
		period := flags.Duration("period", 10*time.Millisecond, "time between two looks")
		if err := flags.Parse(arguments[1:]); err != nil {
			return err
		}
		return print(watch(*period))
	case "sink":
		bytes := flags.Int("bytes", 100, "size of the body")
		if err := flags.Parse(arguments[1:]); err != nil {
			return err
		}
		return sink(*port, *bytes)
	}
	return fmt.Errorf("no such command: %s", arguments[0])
}

func print(result any, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// counters reads small files of the kernel with the usage of a control group so far.
type counters []counter

type counter struct{ name, file string }

func (c *counters) add(text string) error {
	name, file, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("NAME=FILE is needed")
	}
	*c = append(*c, counter{name, file})
	return nil
}

func (c counters) read() (map[string]string, error) {
	values := make(map[string]string, len(c))
	for _, counter := range c {
		text, err := os.ReadFile(counter.file)
		if err != nil {
			return nil, err
		}
		values[counter.name] = string(text)
	}
	return values, nil
}
