#![doc = "dashboard"]
