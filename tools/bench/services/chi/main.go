// The article's endpoint in Chi, which is net/http with a router.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"strconv"

	"capmodel.test/bench/services/handler"
	"github.com/go-chi/chi/v5"
)

func main() {
	r := chi.NewRouter()
	r.Get("/products/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(chi.URLParam(r, "id"))
		response, err := handler.Respond(id)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(response); err != nil {
			log.Print(err)
		}
	})
	log.Fatal(http.ListenAndServe(handler.Address(), r))
}
