package main

import (
	"context"
	"fmt"

	tlsshim "github.com/hashicorp/terraform-provider-tls/shim"
	upstream "github.com/hetznercloud/terraform-provider-hcloud/hcloud"
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	randomshim "github.com/terraform-providers/terraform-provider-random/shim"
)

// random is hashicorp/random. Its published types carry a prefix: random:index/randomPassword:RandomPassword.
func random(info tfbridge.ProviderInfo) tfbridge.ProviderInfo {
	info.P = pf.ShimProvider(randomshim.NewProvider())
	info.EnableAccurateBridgePreview = true
	info.EnableRawStateDelta = true
	info.Resources = map[string]*tfbridge.ResourceInfo{"random_bytes": {ComputeID: base64ID}}
	standard := tokens.MakeStandard(info.Name)
	prefixed := func(module, name string) (string, error) { return standard(module, "Random"+name) }
	info.MustComputeTokens(tokens.SingleModule("random_", "index", prefixed))
	info.MustApplyAutoAliases()
	return info
}

// base64ID gives RandomBytes the id of the published plugin: upstream has no id attribute there.
func base64ID(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	value := state["base64"]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return "", fmt.Errorf("random_bytes: the provider returned no base64")
	}
	return resource.ID(value.StringValue()), nil
}

// tls is hashicorp/tls.
func tls(info tfbridge.ProviderInfo) tfbridge.ProviderInfo {
	info.P = pf.ShimProvider(tlsshim.NewProvider())
	info.EnableZeroDefaultSchemaVersion = true
	info.MustComputeTokens(tokens.SingleModule("tls_", "index", tokens.MakeStandard(info.Name)))
	info.MustApplyAutoAliases()
	return info
}

// hcloud is hetznercloud/hcloud: half of it is written against the older Terraform SDK, so two providers are muxed.
func hcloud(ctx context.Context, info tfbridge.ProviderInfo) tfbridge.ProviderInfo {
	info.P = pf.MuxShimWithPF(ctx, sdkv2.NewProvider(upstream.Provider()), upstream.NewPluginProvider())
	info.Resources = map[string]*tfbridge.ResourceInfo{}
	for _, name := range []string{"zone", "storage_box", "storage_box_snapshot", "storage_box_subaccount"} {
		// Upstream's ids are integers there; Pulumi's are strings.
		info.Resources["hcloud_"+name] = &tfbridge.ResourceInfo{
			Fields: map[string]*tfbridge.SchemaInfo{"id": {Type: "string"}},
		}
	}
	info.MustComputeTokens(tokens.SingleModule("hcloud_", "index", tokens.MakeStandard(info.Name)))
	info.SetAutonaming(255, "-")
	info.MustApplyAutoAliases()
	return info
}
