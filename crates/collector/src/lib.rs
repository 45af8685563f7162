#![doc = "collector"]
