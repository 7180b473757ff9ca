"""MSRResNet, BasicSR's SRResNet without batch norm."""
