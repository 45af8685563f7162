#![doc = "probe"]
