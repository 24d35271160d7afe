package fincome

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
)

// sniffed is how much of a file says what it is.
const sniffed = 512

// notCSV says what a file is that is named as CSV and is another thing; nil for text.
func notCSV(path string, head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte(zipMark)) && isWorkbook(path):
		return errors.New("it is an Excel workbook: give its name the end .xlsx")
	case bytes.HasPrefix(head, []byte(zipMark)):
		return errors.New("it is a ZIP archive: unpack it, and name the file in it")
	}
	return neither(head)
}

// notWorkbook says what a file is that is named as a workbook and is another thing.
func notWorkbook(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, sniffed))
	switch {
	case err != nil:
		return err
	case len(head) == 0:
		return errNoLine
	case bytes.HasPrefix(head, []byte(zipMark)) && isWorkbook(path):
		return nil
	case bytes.HasPrefix(head, []byte(zipMark)):
		return errors.New("it is a ZIP archive, but no workbook that is whole: unpack it and name the file in it, or export the customers again")
	}
	if err := neither(head); err != nil {
		return err
	}
	if bytes.IndexByte(head, 0) < 0 {
		return errors.New("it is a text and no workbook: give its name the end .csv, or export the customers again")
	}
	return errors.New("it is no workbook: export the customers again")
}

const zipMark = "PK\x03\x04"

// isWorkbook tells a workbook from other archives.
func isWorkbook(path string) bool {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return false
	}
	defer archive.Close()
	return slices.ContainsFunc(archive.File, func(f *zip.File) bool { return strings.HasPrefix(f.Name, "xl/") })
}

// neither knows what is often taken for a CSV file or a workbook.
func neither(head []byte) error {
	switch text := strings.ToLower(string(bytes.TrimSpace(head[:min(len(head), sniffed)]))); {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return errors.New("it is compressed with gzip: unpack it (gunzip), and name the file that comes out")
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return errors.New("it is a workbook of an old Excel (.xls), or one with a password: save it as .xlsx without a password, or as CSV UTF-8")
	case strings.HasPrefix(text, "%pdf-"):
		return errors.New("it is a PDF: export the customers as CSV or XLSX")
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"):
		return errors.New("it is a web page: export the customers again, and save the file itself")
	}
	return nil
}
