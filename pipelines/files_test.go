package pipelines_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/axisync/axisync/pipelines"
)

func TestWorstExitCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		codes []int
		want  int
	}{
		{nil, 0}, {[]int{0, 99}, 0}, {[]int{99, 0}, 0}, {[]int{99, 99}, 99}, {[]int{0, 1}, 1}, {[]int{1, 5, 0}, 5}, {[]int{1, 5, 4}, 4},
		{[]int{4, 2, 1}, 2}, {[]int{2, 3, 4}, 3}, {[]int{3, 130}, 130}, {[]int{143, 3}, 143}, {[]int{99, 1}, 1},
	} {
		if got := pipelines.Worst(c.codes...); got != c.want {
			t.Errorf("of %v the worst is %d, want %d", c.codes, got, c.want)
		}
	}
}

func TestFilesOfAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"b.yml", "a.yaml", "c.txt", ".d.yaml", "e.yaml~"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	a, b := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yml")
	if files, many, err := pipelines.Files([]string{b, dir}); err != nil || !many || !slices.Equal(files, []string{b, a}) {
		t.Errorf("%q, %v, %v", files, many, err)
	}
	if files, many, err := pipelines.Files([]string{"missing.yaml"}); err != nil || many || len(files) != 1 {
		t.Errorf("%q, %v, %v", files, many, err)
	}
}
