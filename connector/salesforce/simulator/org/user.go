package org

import (
	"fmt"
	"strings"
)

// User is a user of the org.
type User struct{ ID, Name, Username, Email string }

const userCount = 40

// The fields of User that a query can follow a relationship to.
var userFields = map[string]struct {
	field Field
	value func(User) string
}{
	"id":       {Field{Name: "Id", Label: "User ID", Type: "id", Length: 18}, func(u User) string { return u.ID }},
	"name":     {Field{Name: "Name", Label: "Full Name", Type: "string", Length: 121}, func(u User) string { return u.Name }},
	"username": {Field{Name: "Username", Label: "Username", Type: "string", Length: 80}, func(u User) string { return u.Username }},
	"email":    {Field{Name: "Email", Label: "Email", Type: "email", Length: 128}, func(u User) string { return u.Email }},
}

// UserFields are the fields of User, as describe tells them.
func UserFields() []*Field {
	var fields []*Field
	for _, name := range []string{"id", "username", "name", "email"} {
		field := userFields[name].field
		fields = append(fields, &field)
	}
	return fields
}

func newUsers(seed uint64) []User {
	users := make([]User, userCount)
	for i := range users {
		r := random(mix(seed^0x05e8, uint64(i)))
		first, last := r.of(firstNames), r.of(lastNames)
		address := fmt.Sprintf("user%02d@example.com", i)
		users[i] = User{
			ID:       newID("005", mix(seed^0x05e9, uint64(i))),
			Name:     first + " " + last,
			Username: address,
			Email:    address,
		}
	}
	return users
}

func userColumn(via *Field, name string) (Column, error) {
	u, ok := userFields[strings.ToLower(name)]
	if !ok {
		return Column{}, ErrNoSuchField
	}
	field := u.field
	return Column{Name: via.Relationship + "." + field.Name, Field: &field, via: via, user: u.value}, nil
}

// reference is the user that a reference field leads to.
func (row *Row) reference(f *Field) User {
	r := row.random(f.group)
	return row.view.users[r.below(len(row.view.users))]
}
