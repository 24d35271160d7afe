package main

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"
)

// copied brings files and whole folders along.
func copied(from, to string, names ...string) error {
	for _, name := range names {
		source := filepath.Join(from, name)
		info, err := os.Stat(source)
		if err != nil {
			return err
		}
		if info.IsDir() {
			err = os.CopyFS(filepath.Join(to, name), os.DirFS(source))
		} else {
			err = copyFile(source, filepath.Join(to, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copiedAs brings the files of a folder along that have such a name.
func copiedAs(from, to, pattern string) error {
	files, err := filepath.Glob(filepath.Join(from, pattern))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s holds no %s", from, pattern)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, file := range files {
		if err := copyFile(file, filepath.Join(to, filepath.Base(file))); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

// pack writes a folder into an archive under a name of its own. The same files give the
// same bytes: they come in order, belong to nobody and are all of one time.
func pack(to, folder, name string, at time.Time) (err error) {
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	zipped := gzip.NewWriter(file)
	archive := tar.NewWriter(zipped)
	err = filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		return add(archive, file, path.Join(name, filepath.ToSlash(inside)), entry, at)
	})
	if err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return zipped.Close()
}

// add writes one file or folder. Only the program can be executed.
func add(archive *tar.Writer, file, name string, entry fs.DirEntry, at time.Time) error {
	header := &tar.Header{Format: tar.FormatUSTAR, Name: name, Mode: 0o644, ModTime: at, Typeflag: tar.TypeReg}
	if entry.IsDir() {
		header.Name, header.Mode, header.Typeflag = name+"/", 0o755, tar.TypeDir
		return archive.WriteHeader(header)
	}
	if entry.Name() == "axisync" {
		header.Mode = 0o755
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	header.Size = info.Size()
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	content, err := os.Open(file)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(archive, content)
	return err
}
