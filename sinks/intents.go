package sinks

import "time"

// IntentJournal is a Journal that can make many intents durable at once.
type IntentJournal interface {
	Journal
	// SendingAll is Sending for several customers, with one wait for the disk.
	SendingAll(intents []Intent, at time.Time) error
}

// SendAll journals what is about to be handed over and returns when it is durable.
func SendAll(journal Journal, intents []Intent, at time.Time) error {
	if together, ok := journal.(IntentJournal); ok {
		return together.SendingAll(intents, at)
	}
	for _, intent := range intents {
		if err := journal.Sending(intent.CustomerID, intent.Cells, at); err != nil {
			return err
		}
	}
	return nil
}

// SendingAll writes the intents to write cells of several customers and returns
// when all are durable.
func (j *FileJournal) SendingAll(intents []Intent, at time.Time) error {
	var events []Event
	for _, intent := range intents {
		for _, cell := range intent.Cells {
			events = append(events, newEvent(Sent, intent.CustomerID, cell, at))
		}
	}
	if len(events) == 0 {
		return nil
	}
	seq, err := j.append(events)
	if err != nil {
		return err
	}
	return j.sync(seq)
}
