package salesforce_test

import (
	"testing"

	"github.com/axisync/axisync/connector/transcript"
)

const stories = "../../testdata/transcripts/salesforce"

func TestTranscripts(t *testing.T) {
	t.Parallel()
	loaded, err := transcript.Load(stories)
	if err != nil {
		t.Fatal(err)
	}
	for _, story := range loaded {
		if story.Client {
			t.Run("client/"+story.Name, func(t *testing.T) {
				t.Parallel()
				story.PlayClient(t, func(b *transcript.Bindings, url string) transcript.Client {
					return newTranscriptClient(t, b, url)
				})
			})
		}
		if story.Simulator {
			t.Run("simulator/"+story.Name, func(t *testing.T) {
				t.Parallel()
				story.PlaySimulator(t, func(b *transcript.Bindings, setup []string) transcript.Simulator {
					return newTranscriptSimulator(t, b, setup)
				})
			})
		}
	}
}
