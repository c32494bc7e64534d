// Package handler is the work of the handler, configured by the environment; the same for every Go service.
//
//	HANDLER_CPU_MS   CPU time of the handler in milliseconds, measured by the thread's CPU clock
//	WAIT_MS          wait for a downstream service in milliseconds
//	RESPONSE_BYTES   approximate size of the response, set by the length of the product's name
//	OBJECTS          number of products in the response, one by default
//	DATABASE         `driver` or `orm`: the product is read from PostgreSQL at DATABASE_URL (built with the tag `database`)
package handler

import (
	"log"
	"os"
	"strconv"
	"strings"
	"time"
)

// Product is the object of the article's endpoint.
type Product struct {
	ID      int     `json:"id"`
	Name    string  `json:"name"`
	Price   float64 `json:"price"`
	InStock bool    `json:"in_stock"`
}

var (
	cpu     = time.Duration(number("HANDLER_CPU_MS") * float64(time.Millisecond))
	wait    = time.Duration(number("WAIT_MS") * float64(time.Millisecond))
	objects = int(number("OBJECTS"))
	name    = padded("Wireless Headphones", int(number("RESPONSE_BYTES")))
	stored  = os.Getenv("DATABASE") != ""
)

// Respond does the configured work and returns the value to be encoded as JSON.
func Respond(id int) (any, error) {
	if stored {
		return read(id)
	}
	spin()
	if wait > 0 {
		time.Sleep(wait)
	}
	if objects == 0 {
		return product(id), nil
	}
	products := make([]Product, objects)
	for n := range products {
		products[n] = product(id + n)
	}
	return products, nil
}

// Address is the address that the service listens on.
func Address() string {
	return "127.0.0.1:" + os.Getenv("PORT")
}

func product(id int) Product {
	return Product{ID: id, Name: name, Price: 79.99, InStock: true}
}

// Far more than the time between two readings of one clock, and far less than the difference between the clocks of two threads.
const longestStep = 100 * time.Microsecond

// Computes for the handler's CPU time. The CPU clock of the thread does not advance while a quota throttles it. If the goroutine
// moves to another thread, it reads another clock, and that one step is not counted.
func spin() {
	if cpu == 0 {
		return
	}
	last := threadTime()
	for done := time.Duration(0); done < cpu; {
		now := threadTime()
		if step := now - last; step >= 0 && step < longestStep {
			done += step
		}
		last = now
	}
}

func padded(text string, length int) string {
	return text + strings.Repeat("s", max(0, length-len(text)))
}

func number(variable string) float64 {
	text := os.Getenv(variable)
	if text == "" {
		return 0
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		log.Fatalf("%s: %v", variable, err)
	}
	return value
}
