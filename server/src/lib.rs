//! The heron binary.
