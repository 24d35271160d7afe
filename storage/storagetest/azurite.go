package storagetest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
)

// The credentials of every Azurite: those that its documentation gives.
const (
	Account    = "devstoreaccount1"
	AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// azurite is a server of Azure Blob Storage that keeps everything in memory.
type azurite struct{}

func (azurite) command(address, _ string) (*exec.Cmd, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, MissingError("node is missing: install nodejs and npm")
	}
	program := filepath.Join(beside("azurite"), "node_modules", "azurite", "dist", "src", "blob", "main.js")
	if _, err := os.Stat(program); err != nil {
		return nil, MissingError("azurite is missing: run npm install in storage/storagetest/azurite, or make test")
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return exec.Command(node, program, "--blobHost", host, "--blobPort", port, "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent"), nil
}

func (azurite) environment(string) map[string]string {
	return map[string]string{"AZURE_STORAGE_ACCOUNT": Account, "AZURE_STORAGE_KEY": AccountKey}
}

func (azurite) makeBucket(ctx context.Context, s *Server, name string) error {
	credential, err := azblob.NewSharedKeyCredential(Account, AccountKey)
	if err != nil {
		return err
	}
	client, err := azblob.NewClientWithSharedKeyCredential("http://"+s.Address+"/"+Account, credential, nil)
	if err != nil {
		return err
	}
	_, err = client.CreateContainer(ctx, name, nil)
	return err
}

func (azurite) url(name, address string) string {
	return fmt.Sprintf("azblob://%s?domain=%s&protocol=http&localemu=true", name, address)
}
