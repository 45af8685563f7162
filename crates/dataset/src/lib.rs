#![doc = "dataset"]
