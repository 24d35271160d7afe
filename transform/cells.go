package transform

import (
	"context"
	"fmt"
	"strings"

	"github.com/axisync/axisync/connector"
)

// The blanks that a receiver may trim from a text.
const blanks = " \t\n\v\f\r\u0085\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// person gives the customers of a slice: their verdict, their cells, and the
// canonical text desired for every axis (want_N). The accounts, wide, are
// streamed past the customers of the slice.
func (e *Engine) person(s slice) string {
	customer := "c.n, c.customer_id, c.observed, c.whole, m.account, m.account IS NOT NULL AS matched, m.verdict = 'ambiguous' AS ambiguous"
	columns := "p.* EXCLUDE (account)"
	for i := range e.axes {
		customer += ", c." + connector.ValueColumn(i)
		if e.typed[i] {
			customer += ", c." + connector.TypeColumn(i)
		} else {
			columns += ", NULL::VARCHAR AS " + connector.TypeColumn(i)
		}
		columns += fmt.Sprintf(", h.want_%d", i)
	}
	return "SELECT " + columns + " FROM hit h RIGHT JOIN (SELECT " + customer + ` FROM (SELECT * FROM customer WHERE ` + s.where() + `) c
		JOIN (SELECT * FROM matched WHERE ` + s.where() + `) m ON m.n = c.n) p ON p.account = h.id`
}

// findTyped notes the axes in which a customer holds something else than a text:
// most have none, and a column of nulls is not for nothing.
func (e *Engine) findTyped(ctx context.Context) error {
	e.typed = make([]bool, len(e.axes))
	if len(e.axes) == 0 {
		return nil
	}
	counts, into := make([]string, len(e.axes)), make([]any, len(e.axes))
	for i := range e.axes {
		counts[i], into[i] = "count("+connector.TypeColumn(i)+") > 0", &e.typed[i]
	}
	return e.scalars(ctx, "SELECT "+strings.Join(counts, ", ")+" FROM customer", into...)
}

// desiredSQL is the canonical text of the first non-empty property of the axis.
func desiredSQL(axis Axis) string {
	if axis.State != Usable {
		return "NULL::VARCHAR"
	}
	texts := make([]string, 0, len(axis.Properties))
	for _, source := range axis.Properties {
		texts = append(texts, canonicalSQL(quoted(source.Property), source.Type))
	}
	return "coalesce(" + strings.Join(append(texts, "NULL"), ", ") + ")"
}

// cellsSQL gives one row per cell of axis i within the table person of a slice,
// with the columns that the table asks for, and place, that of the row that decided.
func (e *Engine) cellsSQL(i int, s slice, table []row) string {
	axis := e.rules.Axes[i]
	return "WITH desired AS (" + e.desiredCells(i, axis, s) + "), " +
		"observed AS (" + observedSQL + "), " +
		"judged AS (" + e.judgedSQL() + "), " +
		"compared AS (" + comparedSQL(axis) + ") " +
		"SELECT customer_id, d, d_empty, h, h_type, h_read, h_at, h_empty, h_is_a, a, a_set, f, f_type, s_open, s_judged, s_arrived" +
		e.carried() + ", " + caseSQL(table) + " AS place FROM compared"
}

// desiredCells is D with the reason when there is none, the cell as the
// customers' source has it, and what is remembered.
func (e *Engine) desiredCells(i int, axis Axis, s slice) string {
	unmatched := "'unmatched'"
	if e.rules.ClearOurs {
		unmatched = "NULL"
	}
	inMatched := "NULL"
	switch {
	case axis.State == Lost:
		inMatched = "'lost'"
		if e.rules.ClearOurs { // never over good data
			unmatched = "'lost'"
		}
	case axis.State == Usable && axis.Nulls == KeepNulls:
		inMatched = fmt.Sprintf("CASE WHEN want_%d IS NULL THEN 'null' END", i)
	}
	return fmt.Sprintf(`SELECT p.customer_id, p.observed, p.value_%[1]d AS listed, p.type_%[1]d AS listed_type, p.whole OR %[2]t AS listed_read,
		CASE WHEN p.matched THEN %[3]s WHEN p.ambiguous THEN 'ambiguous' ELSE %[4]s END AS why,
		CASE WHEN p.matched THEN %[5]s END AS d, %[6]s FROM person p %[7]s`,
		i, e.inSource[i], inMatched, unmatched, e.dSQL(i, axis), e.remembered("k.", "k_"), e.joinRemembered(axis, s))
}

// joinRemembered brings in what is remembered of the cells of an axis; nothing,
// in the first run of a source.
func (e *Engine) joinRemembered(axis Axis, s slice) string {
	if !e.remembers {
		return ""
	}
	return "LEFT JOIN (SELECT * FROM ack WHERE axis = " + literal(axis.Name) + " AND " + s.where() + ") k ON k.n = p.n"
}

// dSQL is D of a matched customer: what stands in the axis after its rule for
// empty properties.
func (e *Engine) dSQL(i int, axis Axis) string {
	want := fmt.Sprintf("want_%d", i)
	switch {
	case axis.State == Unknown:
		return literal(NoneText)
	case axis.State == Lost, axis.Nulls == KeepNulls, axis.Nulls == ClearNulls:
		return want
	case axis.Nulls == NoneNulls:
		return "coalesce(" + want + ", " + literal(NoneText) + ")"
	default: // EmptyNulls
		return "coalesce(" + want + ", '')"
	}
}

// remembered lists the columns of what is remembered of a cell, without its key.
// In the first run of a source they are constants, which cost nothing.
func (e *Engine) remembered(prefix, as string) string {
	list := make([]string, 0, len(ackColumns))
	for _, column := range ackColumns[2:] {
		from := prefix + column.name
		if !e.remembers && prefix != as {
			from = "NULL::" + column.sqlType
		}
		list = append(list, from+" AS "+as+column.name)
	}
	return strings.Join(list, ", ")
}

// carried are the columns of what is remembered that learnSQL needs again.
func (e *Engine) carried() string {
	if !e.remembers {
		return ""
	}
	return ", " + e.remembered("k_", "k_")
}

// observedSQL settles H: the newest observation of the cell.
const observedSQL = `SELECT *,
	CASE WHEN newer THEN k_o ELSE listed END AS h,
	CASE WHEN newer THEN k_o_type ELSE listed_type END AS h_type,
	newer OR listed_read AS h_read,
	CASE WHEN newer THEN k_o_at WHEN listed_read THEN observed ELSE 0 END AS h_at
	FROM (SELECT *, k_o_at IS NOT NULL AND (k_o_at > observed OR NOT listed_read) AS newer FROM desired)`

// judgedSQL holds S against H (rows 2 and 5): where H is new enough and is not
// what stood before, the write has arrived, and S becomes A: in the form that H
// shows when it is the server's form of S, as sent when somebody has changed it
// since.
func (e *Engine) judgedSQL() string {
	return fmt.Sprintf(`SELECT *,
		s_judged AND NOT s_is_h AND s_is_before AS s_stands,
		s_judged AND (s_is_h OR NOT s_is_before) AS s_arrived,
		(s_judged AND (s_is_h OR NOT s_is_before)) OR k_a_at IS NOT NULL AS a_set,
		CASE WHEN s_judged AND (s_is_h OR NOT s_is_before) THEN k_s ELSE k_a END AS a,
		CASE WHEN s_judged AND s_is_h THEN h WHEN s_judged AND NOT s_is_before THEN NULL ELSE k_f END AS f,
		CASE WHEN s_judged AND s_is_h THEN h_type WHEN s_judged AND NOT s_is_before THEN NULL ELSE k_f_type END AS f_type,
		coalesce(k_s_answered, false) AS s_answered, coalesce(k_s_tries, 0) AS s_tries,
		k_s_at + %d > %d AS s_fresh
		FROM (SELECT *,
			k_s_at IS NOT NULL AS s_open,
			k_s_at IS NOT NULL AND h_read AND h_at > k_s_at AS s_judged,
			CASE WHEN k_s_at IS NULL THEN false ELSE %s OR %s END AS s_is_h,
			CASE WHEN k_s_at IS NULL THEN false ELSE %s END AS s_is_before
			FROM observed)`,
		e.rules.Settle.Microseconds(), e.rules.Now.UnixMicro(),
		sameSQL("h", "h_type", "k_s", "NULL"), serverFormSQL("h", "h_type", "k_s"), sameSQL("h", "h_type", "k_s_before", "k_s_before_type"))
}

// comparedSQL adds the comparisons that the table asks for.
func comparedSQL(axis Axis) string {
	return `SELECT *,
		d IS NULL OR d = '' AS d_empty,
		h_read AND ` + emptySQL("h", "h_type") + ` AS h_empty,
		` + fmt.Sprint(axis.State == Unknown) + ` AS is_none,
		h_read AND a_set AND (` + sameSQL("h", "h_type", "a", "NULL") + ` OR f IS NOT NULL AND ` + sameSQL("h", "h_type", "f", "f_type") + `) AS h_is_a,
		h_read AND ((d IS NULL OR d = '') AND ` + emptySQL("h", "h_type") + `
			OR coalesce(h = d AND coalesce(h_type, '') <> 'json', false)
			OR a_set AND a IS NOT DISTINCT FROM d AND f IS NOT NULL AND ` + sameSQL("h", "h_type", "f", "f_type") + `) AS h_is_d,
		k_r_at IS NOT NULL AND k_r_d IS NOT DISTINCT FROM d AND (NOT h_read OR ` + sameSQL("h", "h_type", "k_r_h", "k_r_h_type") + `) AS r_same
		FROM judged`
}

// emptySQL: key absent, JSON null, or the text "".
func emptySQL(value, kind string) string {
	return fmt.Sprintf("(%s IS NULL OR (%s = '' AND %s IS NULL))", value, value, kind)
}

// sameSQL: both empty, or the same text. A file does not tell a number from its
// text, and people do not either: the type counts only for what is no scalar.
func sameSQL(value, kind, other, otherKind string) string {
	return fmt.Sprintf("(%s AND %s OR %s IS NOT DISTINCT FROM %s AND (%s IS NOT DISTINCT FROM 'json') = (%s IS NOT DISTINCT FROM 'json'))",
		emptySQL(value, kind), emptySQL(other, otherKind), value, other, kind, otherKind)
}

// serverFormSQL: value is what a receiver may make of the text it was sent:
// outer blanks lost, or a JSON number or boolean for its text.
func serverFormSQL(value, kind, text string) string {
	return fmt.Sprintf(`coalesce(CASE %[2]s
		WHEN 'number' THEN TRY_CAST(%[1]s AS DOUBLE) = TRY_CAST(%[3]s AS DOUBLE)
		WHEN 'boolean' THEN lower(%[3]s) = %[1]s
		WHEN 'json' THEN false
		ELSE trim(coalesce(%[1]s, ''), %[4]s) = trim(coalesce(%[3]s, ''), %[4]s) END, false)`, value, kind, text, literal(blanks))
}
