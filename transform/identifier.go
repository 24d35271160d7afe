package transform

import (
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/transform/recordid"
)

// The places of identifiedSchema; those behind atShape are of the Record ID, or of
// another key.
const (
	atCustomer = iota
	atN
	atPlace
	atNamed
	atShape
	atWrapping
	atRecordID
	atBody
	atRespelled
	atCalled

	atKey     = atWrapping
	atWritten = atRecordID
	atLoose   = atBody
)

// The shapes of an identifier that is compared as it is.
const (
	literalShape = "literal"
	numberShape  = "number"
	bentShape    = "bent" // a number as a spreadsheet writes it: digits may be lost
)

func shapeOf(text string) string {
	_, number := looseNumber(text)
	switch {
	case blank(text):
		return string(recordid.Empty)
	case bent(text):
		return bentShape
	case number:
		return numberShape
	}
	return literalShape
}

// identifierRow fills one row of identifiedSchema.
type identifierRow struct{ builder *array.RecordBuilder }

func (r identifierRow) begin(id string, n, place int64) {
	r.text(atCustomer, id)
	r.builder.Field(atN).(*array.Int64Builder).UnsafeAppend(n)
	r.builder.Field(atPlace).(*array.Int64Builder).UnsafeAppend(place)
}

func (r identifierRow) text(place int, text string) {
	r.builder.Field(place).(*array.StringBuilder).Append(text)
}

// optional adds a text; an empty one is null.
func (r identifierRow) optional(place int, text string) {
	if b := r.builder.Field(place).(*array.StringBuilder); text == "" {
		b.AppendNull()
	} else {
		b.Append(text)
	}
}

func (r identifierRow) hash(place int, hash uint64, valid bool) {
	if b := r.builder.Field(place).(*array.Uint64Builder); valid {
		b.Append(hash)
	} else {
		b.AppendNull()
	}
}

func (r identifierRow) name(names *array.String, row int) {
	hash, ok := nameHash(names.Value(row))
	r.hash(atNamed, hash, ok && names.IsValid(row))
}

// identify adds what an identifier says.
func (r identifierRow) identify(identifiers *array.String, row int, rules Rules) {
	text := identifiers.Value(row) // empty where it is null
	if rules.literal() {
		r.literal(text, rules)
		return
	}
	reading := recordid.Read(text)
	r.text(atShape, string(reading.Shape))
	r.text(atWrapping, string(reading.Wrapping))
	r.optional(atRecordID, reading.ID)
	if reading.Body == reading.ID {
		reading.Body = ""
	}
	r.optional(atBody, reading.Body)
	r.optional(atRespelled, reading.Respelled)
	called, ok := uint64(0), false
	if reading.Shape == recordid.NotAnID { // people put names where ids belong
		called, ok = nameHash(text)
	}
	r.hash(atCalled, called, ok)
}

// literal adds an identifier that is compared as it is.
func (r identifierRow) literal(text string, rules Rules) {
	shape := shapeOf(text)
	if shape == string(recordid.Empty) {
		text = ""
	}
	r.text(atShape, shape)
	r.optional(atKey, rules.compared(text))
	r.optional(atWritten, text)
	loose, ok := looseHash(text)
	r.hash(atLoose, loose, ok)
}
