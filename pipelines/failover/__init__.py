"""Chains of recognisers and of voices in a call: the services behind `voiceagent.core.failover`."""
