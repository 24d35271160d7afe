package parquet

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// unknown stands for the code of a value of a dictionary that was not needed yet.
const unknown = math.MaxUint16

// codePlaces appends the codes of the cells of a dictionary array. The text of a
// value is looked up when it is first needed: values that no cell has do not
// count. It stops where the vocabulary takes no more.
func (t *texts) codePlaces(a *array.Dictionary, values *array.String) error {
	places, err := t.placesOf(a)
	if err != nil {
		return err
	}
	codes := make([]uint16, values.Len())
	for i := range codes {
		codes[i] = unknown
	}
	for _, place := range places {
		if uint(place) < uint(len(codes)) && codes[place] != unknown {
			t.codes = append(t.codes, codes[place])
			continue
		}
		cell, valid, err := cellOf(values, place)
		if err != nil {
			return err
		}
		code := uint16(0)
		if valid {
			if code, valid = t.words.code(cell); !valid {
				return nil
			}
		}
		if t.codes = append(t.codes, code); place >= 0 {
			codes[place] = code
		}
	}
	return nil
}

// expandPlaces appends the cells of a dictionary array as texts.
func (t *texts) expandPlaces(a *array.Dictionary, values *array.String) error {
	places, err := t.placesOf(a)
	if err != nil {
		return err
	}
	for _, place := range places {
		cell, valid, err := cellOf(values, place)
		if err != nil {
			return err
		}
		if err := t.appendCell(cell, valid); err != nil {
			return err
		}
	}
	return nil
}

// cellOf is the cell at a place in a dictionary; false means null.
func cellOf(values *array.String, place int32) ([]byte, bool, error) {
	if place >= int32(values.Len()) {
		return nil, false, fmt.Errorf("refers to a value that its dictionary of %d values does not have", values.Len())
	}
	if place < 0 || values.IsNull(int(place)) {
		return nil, false, nil
	}
	offsets := values.ValueOffsets()
	return values.ValueBytes()[offsets[place]-offsets[0] : offsets[place+1]-offsets[0]], true, nil
}

// placesOf are the places of the cells in the dictionary, -1 for null, valid
// until the next call.
func (t *texts) placesOf(a *array.Dictionary) ([]int32, error) {
	t.places = t.places[:0]
	switch indexes := a.Indices().(type) {
	case *array.Int8:
		t.places = appendPlaces(t.places, a, indexes.Int8Values())
	case *array.Int16:
		t.places = appendPlaces(t.places, a, indexes.Int16Values())
	case *array.Int32:
		t.places = appendPlaces(t.places, a, indexes.Int32Values())
	case *array.Int64:
		t.places = appendPlaces(t.places, a, indexes.Int64Values())
	case *array.Uint8:
		t.places = appendPlaces(t.places, a, indexes.Uint8Values())
	case *array.Uint16:
		t.places = appendPlaces(t.places, a, indexes.Uint16Values())
	case *array.Uint32:
		t.places = appendPlaces(t.places, a, indexes.Uint32Values())
	case *array.Uint64:
		t.places = appendPlaces(t.places, a, indexes.Uint64Values())
	default:
		return nil, fmt.Errorf("has indexes of %s", a.Indices().DataType())
	}
	return t.places, nil
}

func appendPlaces[T arrow.IntType | arrow.UintType](places []int32, a *array.Dictionary, indexes []T) []int32 {
	nulls := a.NullN() > 0
	for i, index := range indexes {
		place := int32(index)
		if uint64(index) > math.MaxInt32 { // a negative one, too
			place = math.MaxInt32
		}
		if nulls && a.IsNull(i) {
			place = -1
		}
		places = append(places, place)
	}
	return places
}
