//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// picture is one to take: the keys lead to it from the picture before.
type picture struct {
	name string
	keys []string // as tmux names them; a duration is a wait
}

var pictures = []picture{
	{"overview", []string{"1", "2m"}},
	{"processes", []string{"2", "2s"}},
	{"dossier", []string{"/", "g", "u", "n", "i", "c", "o", "r", "n", "Enter", "1500ms", "Enter", "3s"}},
	{"threats", []string{"Escape", "500ms", "Escape", "500ms", "Escape", "500ms", "4", "1500ms"}},
	{"finding", []string{"Enter", "2s"}},
	{"network", []string{"Escape", "500ms", "3", "2s"}},
	{"performance", []string{"6", "3s"}},
}

func main() {
	switch {
	case os.Getpid() == 1:
		runInit()
	case len(os.Args) > 0 && find(os.Args) != nil:
		find(os.Args).run()
	default:
		if err := take(); err != nil {
			fmt.Fprintln(os.Stderr, "pictures:", err)
			os.Exit(1)
		}
	}
}

// take makes all pictures.
func take() (err error) {
	program := flag.String("program", "bin/smoothtask", "to take pictures of")
	out := flag.String("out", "docs/pictures", "directory of the pictures")
	cols := flag.Int("cols", 120, "columns of the screen")
	rows := flag.Int("rows", 36, "rows of the screen")
	only := flag.String("only", "", "write only the pictures with these names, with commas between")
	flag.Parse()
	w, err := newWorld(*program)
	if err != nil {
		return fmt.Errorf("make the machine of the pictures: %w", err)
	}
	defer w.end()
	s, err := newScreen(*cols, *rows, w.enter(programPath, "--theme", "dark"))
	if err != nil {
		return err
	}
	defer s.end()
	for _, p := range pictures {
		if err := s.press(p.keys); err != nil {
			return err
		}
		grid, err := s.capture()
		if err != nil {
			return err
		}
		if *only != "" && !strings.Contains(","+*only+",", ","+p.name+",") {
			continue
		}
		path := filepath.Join(*out, p.name+".svg")
		title := "smoothtask, " + p.name
		if err := os.WriteFile(path, svg(grid, title), 0o644); err != nil {
			return fmt.Errorf("write a picture: %w", err)
		}
		fmt.Println(path)
	}
	return nil
}

// settle is how long a key gets to take effect.
const settle = 150 * time.Millisecond
