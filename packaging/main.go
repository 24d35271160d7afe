// Command packaging makes what is given to people: the archive with the licences of all
// that is linked into the program. It is a module of its own, so that the program does not
// carry what only its packaging needs. It is run from its own folder, by the Makefile.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := execute(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func execute(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: packaging licences [--write] | archive FLAGS | notices FILE | vulnerabilities [--if-reachable]")
	}
	switch args[0] {
	case "licences":
		return licencesCommand(args[1:])
	case "archive":
		return archiveCommand(args[1:])
	case "notices":
		if len(args) != 2 {
			return errors.New("usage: packaging notices FILE")
		}
		return writeNotices("..", args[1])
	case "vulnerabilities":
		return vulnerabilitiesCommand(args[1:])
	}
	return fmt.Errorf("there is no %q: licences, archive, notices, vulnerabilities", args[0])
}
