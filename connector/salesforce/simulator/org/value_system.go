package org

import "time"

// Value functions append a field's value as Bulk API 2.0 writes it, and nothing
// for null.

const (
	dateLayout     = "2006-01-02"
	datetimeLayout = "2006-01-02T15:04:05.000Z"
)

func null(dst []byte, _ *Row, _ random) []byte { return dst }

func id(dst []byte, row *Row, _ random) []byte {
	return row.view.ids.appendID(dst, uint64(row.index))
}

func isDeleted(dst []byte, row *Row, _ random) []byte {
	return appendBool(dst, row.Deleted())
}

func masterRecordID(dst []byte, row *Row, _ random) []byte {
	if row.view.died[row.index] == 0 {
		return dst
	}
	if winner, ok := row.view.masters[row.index]; ok {
		return row.view.ids.appendID(dst, uint64(winner))
	}
	return dst
}

// parentID leads to an older account, so that there are no circles.
func parentID(dst []byte, row *Row, r random) []byte {
	if row.index == 0 || !r.chance(150) {
		return dst
	}
	return row.view.ids.appendID(dst, uint64(r.below(int(row.index))))
}

// userID leads to a user of the org. The same draw gives row.reference.
func userID(dst []byte, row *Row, r random) []byte {
	return append(dst, row.view.users[r.below(len(row.view.users))].ID...)
}

// externalID is unique and complete: ten digits, zeros in front.
func externalID(dst []byte, row *Row, _ random) []byte {
	number := (uint64(row.index)*row.view.ids.mul + row.view.seed%codes) % codes
	return appendPadded(dst, number, 10)
}

func createdDate(dst []byte, row *Row, _ random) []byte {
	created, _, _ := row.stamps()
	return created.AppendFormat(dst, datetimeLayout)
}

func lastModifiedDate(dst []byte, row *Row, _ random) []byte {
	_, modified, _ := row.stamps()
	return modified.AppendFormat(dst, datetimeLayout)
}

func systemModstamp(dst []byte, row *Row, _ random) []byte {
	_, _, system := row.stamps()
	return system.AppendFormat(dst, datetimeLayout)
}

func lastActivityDate(dst []byte, _ *Row, r random) []byte {
	if r.chance(300) {
		return dst
	}
	return firstDay.AddDate(0, 0, -r.below(900)).AppendFormat(dst, dateLayout)
}

func renewalDate(dst []byte, _ *Row, r random) []byte {
	if r.chance(350) {
		return dst
	}
	return firstDay.AddDate(0, 0, r.below(1500)-200).AppendFormat(dst, dateLayout)
}

func onboardedAt(dst []byte, _ *Row, r random) []byte {
	if r.chance(450) {
		return dst
	}
	return firstDay.Add(-time.Duration(r.below(3*365*86400))*time.Second).AppendFormat(dst, datetimeLayout)
}
