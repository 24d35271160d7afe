package simulator

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
)

// The axes that people set, besides the identification axis. No connector may
// touch a byte of them unless it is told to write that very axis.
const (
	AxisIndustry = "Industry"        // text, on about 4 customers in 10
	AxisRegion   = "Région"          // text, on about half
	AxisSegment  = "Segment"         // text, on about a third
	AxisNumber   = "Customer number" // Account.Number where there is one
	AxisSeats    = "Seats"           // JSON number, on 2 in 10
	AxisVIP      = "VIP"             // JSON boolean, on 1 in 10
	AxisNotes    = "Notes"           // text that needs escapes, on 2 in 100
	AxisSetup    = "Onboarding"      // nested object, on 2 in 100
	AxisChurn    = "Churn reason"    // JSON null or empty text, on 1 in 100
)

var industries = []string{
	"Agriculture", "Banking", "Biotechnology", "Construction", "Consumer goods", "Education", "Energy", "Healthcare",
	"Hospitality", "Insurance", "Logistics", "Manufacturing", "Media", "Retail", "Software", "Telecommunications",
}

var regions = []string{
	"Île-de-France", "Auvergne-Rhône-Alpes", "Provence-Alpes-Côte d'Azur", "Bretagne", "Bayern", "北海道", "São Paulo",
}

var segments = []string{"PME", "ETI", "Grand compte", "Startup 🚀", `Key "A" account`, "SMB; mid, low"}

var notes = []string{
	"line one\nline two", `C:\crm\export`, "<b>bold</b> & more", "emoji 👩🏽‍💻 and “quotes”", "a\u2028b", "tab\there",
}

// numbers are spellings that a careless reader would change.
var numbers = []string{"12.50", "1e2", "-0", "9007199254740993", "0.1000"}

func setByPeople(d *dictionary, rng *rand.Rand, account Account) {
	set := func(name string, of100 int, value func() json.RawMessage) {
		if rng.IntN(100) < of100 {
			d.set(name, value())
		}
	}
	one := func(from []string) func() json.RawMessage {
		return func() json.RawMessage { return quoted(pick(rng, from...)) }
	}
	if account.Number != "" {
		d.set(AxisNumber, quoted(account.Number))
	}
	set(AxisIndustry, 40, one(industries))
	set(AxisRegion, 50, one(regions))
	set(AxisSegment, 35, one(segments))
	set(AxisSeats, 20, func() json.RawMessage {
		if rng.IntN(10) == 0 {
			return json.RawMessage(pick(rng, numbers...))
		}
		return strconv.AppendInt(nil, int64(1+rng.IntN(900)), 10)
	})
	set(AxisVIP, 10, func() json.RawMessage { return strconv.AppendBool(nil, rng.IntN(2) == 0) })
	set(AxisNotes, 2, one(notes))
	set(AxisSetup, 2, func() json.RawMessage {
		return json.RawMessage(`{"step":` + strconv.Itoa(rng.IntN(9)) + `,"owner":{"name":"Zoë","tags":[1,null,"x"]}}`)
	})
	set(AxisChurn, 1, func() json.RawMessage { return pick(rng, json.RawMessage("null"), quoted("")) })
}
