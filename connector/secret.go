package connector

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that cannot print itself. The zero value is no secret.
type Secret struct{ text string }

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal is the text, for the one place that sends it.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == "" }

// String, Format, LogValue and MarshalText all answer the same mask, so that no
// way of printing a value shows the text.
func (s Secret) String() string { return mask }

// Format prints the mask under every verb: see String.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// LogValue: see String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText: see String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

const mask = "[secret]"
