// Command pulumi-openclaw-plugins serves the upstream Terraform providers of this project as Pulumi plugins.
//
// One binary is all of them: its own file name says which provider to be and what to do, as published plugins name
// their two binaries.
//
//	pulumi-resource-<name>              serves the provider; schema.json and bridge-metadata.json lie beside it
//	pulumi-tfgen-<name> schema --out .  writes those two files
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	pftfgen "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// versions holds name=version pairs, comma-separated: those of the npm SDKs, stamped with -ldflags -X. The engine
// warns about a plugin whose own version is not the one it asked for.
var versions string

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if name, ok := strings.CutPrefix(filepath.Base(self), "pulumi-tfgen-"); ok {
		return generate(ctx, name)
	}
	if name, ok := strings.CutPrefix(filepath.Base(self), "pulumi-resource-"); ok {
		return serve(ctx, name, filepath.Dir(self))
	}
	return fmt.Errorf("%s: name this binary pulumi-resource-<name> or pulumi-tfgen-<name>", self)
}

// generate hands over to the bridge's own generator, which ends the process on an error.
func generate(ctx context.Context, name string) error {
	info, err := provider(ctx, name, version(name), nil)
	if err != nil {
		return err
	}
	if name == "hcloud" {
		pftfgen.MainWithMuxer(name, info)
	} else {
		pftfgen.Main(name, info)
	}
	return nil
}

// serve answers the engine with what the generator left in directory.
func serve(ctx context.Context, name, directory string) error {
	schema, err := os.ReadFile(filepath.Join(directory, "schema.json"))
	if err != nil {
		return err
	}
	metadata, err := os.ReadFile(filepath.Join(directory, "bridge-metadata.json"))
	if err != nil {
		return err
	}
	info, err := provider(ctx, name, version(name), metadata)
	if err != nil {
		return err
	}
	if name == "hcloud" {
		pf.MainWithMuxer(ctx, name, info, schema)
	} else {
		pf.Main(ctx, name, info, pf.ProviderMetadata{PackageSchema: schema})
	}
	return nil
}

// version is the stamped version of one provider, without a leading v; empty if there is none.
func version(name string) string {
	for _, pair := range strings.Split(versions, ",") {
		if key, value, ok := strings.Cut(pair, "="); ok && key == name {
			return value
		}
	}
	return ""
}

// provider describes one upstream provider to the bridge, with the tokens and names that its published plugin has.
func provider(ctx context.Context, name, version string, metadata []byte) (tfbridge.ProviderInfo, error) {
	info := tfbridge.ProviderInfo{
		Name:         name,
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata(metadata),
	}
	if version == "" {
		return info, fmt.Errorf("no version is stamped for the provider %q: the -ldflags of the build lack it", name)
	}
	switch name {
	case "random":
		return random(info), nil
	case "tls":
		return tls(info), nil
	case "hcloud":
		return hcloud(ctx, info), nil
	default:
		return info, fmt.Errorf("no such provider: %q; there are random, tls and hcloud", name)
	}
}
