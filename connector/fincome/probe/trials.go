package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/axisync/axisync/connector/fincome"
)

// choose finds the two texts to work on.
func (s *session) choose() error {
	texts := s.first.plain()
	if i := slices.Index(texts, s.o.Axis); i >= 0 { // last, and never tried on where it can be helped
		texts = append(slices.Delete(texts, i, i+1), s.o.Axis)
	}
	if len(texts) < 2 {
		return refusedf("customer %q has %s plain words, and the probe needs two that it can put back for certain (no number, date or yes/no): choose another customer, or fill in %s in Fincome",
			s.o.Customer, counted(len(texts), "custom property that holds", "custom properties that hold"), []string{"two", "one more"}[len(texts)])
	}
	for name := range s.first.properties {
		if text, ok := s.first.text(name); ok && marked(text) {
			return refusedf("%q of customer %q holds %q, which an earlier probe left: put it right in Fincome first", name, s.o.Customer, text)
		}
	}
	s.record.Property, s.record.Companion = texts[0], texts[1]
	s.begin()
	return nil
}

// leftOut stands for no value in try: the key is not sent.
var leftOut json.RawMessage

// try gives the property a value and waits until that shows; refused tells that the
// whole update was.
func (s *session) try(ctx context.Context, value json.RawMessage) (refused bool, err error) {
	return s.send(ctx, map[string]json.RawMessage{s.record.Property: value})
}

// send writes values with a mark and waits until the mark shows. Where the companion
// becomes somebody else's before it does, restore waits for what was sent.
func (s *session) send(ctx context.Context, values map[string]json.RawMessage) (refused bool, err error) {
	mark := s.record.mark()
	values[s.record.Companion] = quote(mark)
	err = s.write(ctx, values)
	var failure *fincome.Error
	if errors.As(err, &failure) && (failure.Status == http.StatusUnprocessableEntity || failure.Status == http.StatusBadRequest) {
		return true, failure
	}
	if err != nil {
		return false, err
	}
	return false, s.await(ctx, s.o.Timeout, func() (bool, error) { return s.marks(s.record.Companion, mark) })
}

// marks reports whether a property holds a mark; the error says that it holds what
// somebody else wrote.
func (s *session) marks(name, mark string) (bool, error) {
	if s.foreign(name) {
		return false, s.meddled(name)
	}
	held, _ := s.now.text(name)
	return held == mark, nil
}

// shown is a value for a message, clipped.
func shown(raw json.RawMessage) string {
	switch {
	case len(raw) == 0:
		return "absent"
	case len(raw) > 80:
		return strconv.Quote(string(raw[:80])) + "..."
	}
	return string(raw)
}

// findVerb makes the first update, which changes the companion alone.
func (s *session) findVerb(ctx context.Context) error {
	refused, err := s.send(ctx, map[string]json.RawMessage{})
	var none *noVerbError
	switch {
	case refused:
		return refusedf("customer %q refuses an update that changes one text: choose another customer (%v)", s.o.Customer, err)
	case errors.As(err, &none):
		return refusedf("neither %s updates a customer at %s: set client_path to the path of updates (%v)", list(verbsOf(s.o.Config)), s.access.path, err)
	case errors.Is(err, errNotShown):
		return fmt.Errorf("an update of customer %q is not applied: %w; try a longer --timeout, or ask Fincome", s.o.Customer, err)
	case err != nil:
		return err
	}
	s.o.found("verb", "%s, answered with %d%s", s.access.verb, s.findings.Status, map[bool]string{true: " and the customer"}[s.findings.Shows])
	return nil
}

// findUpdate leaves the property out of a dictionary that holds all the others. What
// that loses is put back at once.
func (s *session) findUpdate(ctx context.Context) error {
	if _, err := s.try(ctx, leftOut); err != nil {
		return err
	}
	_, still := s.now.properties[s.record.Property]
	switch {
	case !still:
		s.findings.Update = Replace
	case s.now.same(s.first, s.record.Property):
		s.findings.Update = Merge
	default:
		return s.meddled(s.record.Property)
	}
	s.record.Update = s.findings.Update
	if s.findings.Update == Merge {
		s.o.found("update", "merge: properties that are not sent stay")
		return nil
	}
	s.o.found("update", "replace: properties that are not sent are removed")
	return s.putBack(ctx)
}

// putBack gives the property what it held at the start.
func (s *session) putBack(ctx context.Context) error {
	if s.now.same(s.first, s.record.Property) {
		return nil
	}
	if _, err := s.try(ctx, s.first.properties[s.record.Property]); err != nil {
		return err
	}
	if !s.now.same(s.first, s.record.Property) {
		return s.meddled(s.record.Property)
	}
	return nil
}

// findFields finds out whether an update by PUT or POST that does not carry name,
// email and so on empties them: a partial update is documented, by whatever verb.
func (s *session) findFields(ctx context.Context) error {
	if s.access.verb == http.MethodPatch {
		return nil // no update has carried them
	}
	s.record.Fieldless, s.fieldless = true, true
	_, err := s.send(ctx, map[string]json.RawMessage{})
	s.fieldless = false
	if err != nil {
		return err
	}
	for name, value := range s.first.fields {
		if !bytes.Equal(s.now.fields[name], value) {
			s.findings.FieldsLost = true
		}
	}
	if !s.findings.FieldsLost {
		s.record.Fieldless = false
		return nil
	}
	s.o.warn("fields", "an update that carries custom properties alone empties name, email and the like: axisync does not deliver to this account by the API")
	_, err = s.send(ctx, map[string]json.RawMessage{})
	return err
}

func (s *session) findNull(ctx context.Context) (err error) {
	if s.findings.Null, err = s.effect(ctx, json.RawMessage("null")); err != nil {
		return err
	}
	s.o.found("null", "%s", s.findings.Null.Words())
	return s.putBack(ctx)
}

func (s *session) findEmpty(ctx context.Context) (err error) {
	if s.findings.Empty, err = s.effect(ctx, json.RawMessage(`""`)); err != nil {
		return err
	}
	s.o.found("empty text", "%s", s.findings.Empty.Words())
	return s.putBack(ctx)
}

// findTypes sends values that are no texts. Each replaces the one before.
func (s *session) findTypes(ctx context.Context) error {
	for _, kind := range []struct {
		name, value string
		into        *Effect
	}{
		{"numbers", "12.5", &s.findings.Numbers}, {"booleans", "true", &s.findings.Booleans},
		{"lists", `["` + markText + `list"]`, &s.findings.Lists}, {"objects", `{"` + markText + `key":"value"}`, &s.findings.Objects},
	} {
		effect, err := s.effect(ctx, json.RawMessage(kind.value))
		if err != nil {
			return err
		}
		*kind.into = effect
		s.o.found(kind.name, "%s", effect.Words())
	}
	return nil
}

// effect gives the property a value and tells what became of it.
func (s *session) effect(ctx context.Context, value json.RawMessage) (Effect, error) {
	before, had := s.now.properties[s.record.Property]
	refused, err := s.try(ctx, value)
	if refused {
		return Refused, nil
	}
	if err != nil {
		return "", err
	}
	after, has := s.now.properties[s.record.Property]
	switch {
	case s.foreign(s.record.Property):
		return "", s.meddled(s.record.Property)
	case !has && had:
		return Removed, nil
	case !has:
		return Ignored, nil
	case alike(after, value):
		return Kept, nil
	case string(after) == "null":
		return AsNull, nil
	case had && bytes.Equal(after, before):
		return Ignored, nil
	case after[0] == '"' && value[0] != '"' && value[0] != 'n':
		return AsText, nil
	}
	return Changed, nil
}

// alike reports values that mean the same.
func alike(a, b json.RawMessage) bool {
	var left, right any
	if json.Unmarshal(a, &left) != nil || json.Unmarshal(b, &right) != nil {
		return false
	}
	one, err := json.Marshal(left)
	other, err2 := json.Marshal(right)
	return err == nil && err2 == nil && bytes.Equal(one, other)
}

// Words say an effect as people do.
func (e Effect) Words() string {
	return map[Effect]string{
		Kept: "kept as sent", Removed: "removes its key", AsNull: "kept as null", AsText: "kept as text",
		Ignored: "ignored, the key stays as it was", Refused: "refused, with the whole update", Changed: "turned into something else",
	}[e]
}
