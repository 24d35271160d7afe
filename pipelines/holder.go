package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/axisync/axisync/storage"
)

// lockName is the file in the folder of a source that whoever is at work has locked. It
// says who that is; when its process dies the lock is free, and what it says means
// nothing any more.
const lockName = "lock"

// lockPatience is how long a lock is tried for: who looks whether it is held has it for
// a moment.
const lockPatience = 100 * time.Millisecond

// takeLock takes the lock of a folder, and says in it who has it.
func takeLock(ctx context.Context, dir, what string) (*flock.Flock, error) {
	path := filepath.Join(dir, lockName)
	lock := flock.New(path, flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lockPatience)
	defer cancel()
	locked, err := lock.TryLockContext(ctx, lockPatience/10)
	switch {
	case locked:
		writeHolder(path, what)
		return lock, nil
	case err == nil || errors.Is(err, context.DeadlineExceeded):
		return nil, lockedBy(readHolder(path))
	}
	return nil, fmt.Errorf("its lock cannot be taken: %w", err)
}

func lockedBy(holder *storage.Holder) error {
	if holder == nil {
		return ErrLocked
	}
	return fmt.Errorf("%w: %s has it since %s (process %d on %s)", ErrLocked, holder.What, holder.Since.UTC().Format("2006-01-02 15:04:05 UTC"), holder.PID, holder.Host)
}

func thisProcess(what string) storage.Holder {
	host, _ := os.Hostname() // it is only told
	return storage.Holder{Host: host, PID: os.Getpid(), What: what, Since: time.Now().UTC()}
}

// writeHolder writes into the lock itself, for the file that is locked must stay. That
// it cannot be written is found out by what is written next.
func writeHolder(path, what string) {
	content, err := json.Marshal(thisProcess(what))
	if err == nil {
		_ = os.WriteFile(path, append(content, '\n'), 0o600)
	}
}

// readHolder is nil where the file does not say: it is being written, or was locked by
// an older version.
func readHolder(path string) *storage.Holder {
	content, err := os.ReadFile(path)
	var holder storage.Holder
	if err != nil || json.Unmarshal(content, &holder) != nil || holder.PID == 0 {
		return nil
	}
	return &holder
}

// heldBy tells who is at work on the source, nil for nobody. It takes no lock that
// lasts and writes nothing.
func (p *Pipeline) heldBy(ctx context.Context) (*storage.Holder, error) {
	if storage.IsBucket(p.State) {
		bucket, err := p.bucket(ctx)
		if err != nil {
			return nil, err
		}
		return storage.Held(ctx, bucket.Below(leaseName), p.leaseTerms())
	}
	path := filepath.Join(p.stateDir(), lockName)
	if _, err := os.Stat(path); err != nil {
		return nil, nil // nobody ever was, or what is wrong shows when the state is read
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	defer lock.Close()
	if free {
		return nil, nil
	}
	if holder := readHolder(path); holder != nil {
		return holder, nil
	}
	return &storage.Holder{What: "somebody"}, nil
}
