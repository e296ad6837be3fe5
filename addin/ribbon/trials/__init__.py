"""The group 試算: losing a customer, changing a value, hours, saved cases."""
