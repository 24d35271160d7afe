package salesforce

import "strings"

// candidate is a name that could have been meant, by its API name or its label.
type candidate struct{ name, label string }

func fieldNames(owners []*Description) []candidate {
	var candidates []candidate
	for _, owner := range owners {
		for i := range owner.fields {
			candidates = append(candidates, candidate{owner.fields[i].Name, owner.fields[i].Label})
		}
	}
	return candidates
}

func relationshipNames(owners []*Description) []candidate {
	var candidates []candidate
	for _, owner := range owners {
		for i := range owner.fields {
			if name := owner.fields[i].RelationshipName; name != "" {
				candidates = append(candidates, candidate{name: name})
			}
		}
	}
	return candidates
}

// nearest is the candidate that asked was probably meant to be: the one with
// its label, the custom field whose ending was forgotten, or the one with the
// fewest letters wrong, up to a third of them. It is empty when none is near.
func nearest(asked string, candidates []candidate) string {
	if folded(asked) == "" {
		return ""
	}
	best, distance := "", len(asked)/3+1
	for _, c := range candidates {
		if folded(c.label) == folded(asked) || folded(c.name) == folded(asked) {
			return c.name
		}
		if d := editDistance(strings.ToLower(asked), strings.ToLower(c.name)); d < distance {
			best, distance = c.name, d
		}
	}
	return best
}

// folded is a name without what people leave out: case, blanks, underscores and
// the ending of custom fields.
func folded(name string) string {
	name = strings.TrimSuffix(strings.ToLower(name), "__c")
	return strings.NewReplacer(" ", "", "_", "").Replace(name)
}

// editDistance is the least number of letters to insert, delete, replace or
// swap with their neighbour (optimal string alignment).
func editDistance(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			wrong := 1
			if a[i] == b[j] {
				wrong = 0
			}
			next[j+1] = min(row[j]+wrong, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
