#![doc = "advisor"]
