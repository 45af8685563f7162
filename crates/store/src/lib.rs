#![doc = "store"]
