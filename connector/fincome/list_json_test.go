package fincome_test

import (
	"encoding/json"
	"testing"

	"github.com/axisync/axisync/connector/fincome"
)

func TestListAsJSON(t *testing.T) {
	t.Parallel()
	want := fincome.List{Path: "/all", LimitName: "size", Limit: 50, After: "page", DataKey: "items", NextKey: "more"}
	written, err := json.Marshal(want)
	if got := `{"path":"/all","limit_param":"size","limit":50,"cursor_param":"page","data_key":"items","cursor_key":"more"}`; err != nil || string(written) != got {
		t.Errorf("%s %v", written, err)
	}
	for _, text := range []string{string(written), `{"Path":"/all","LimitName":"size","Limit":50,"After":"page","DataKey":"items","NextKey":"more"}`} {
		var got fincome.List
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
}
