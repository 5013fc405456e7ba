# shellcheck shell=bash disable=SC2034,SC2154 # for the other parts; `here` is the stage's own directory
# Where things are on the host.

readonly here
readonly request=$here/parameters.json
readonly data=/srv/openclaw
readonly current=$data/current
# There while a release has taken over and is not known as good.
readonly journal=$data/journal.json
readonly scripts=/usr/local/lib/openclaw
readonly unit=openclaw-gateway.service
readonly container=openclaw-gateway
# The unit does not start while it is there.
readonly held=/run/openclaw-gateway.held
# There from the moment a release stops the gateway until it starts it.
readonly stopped=$here/stopped
