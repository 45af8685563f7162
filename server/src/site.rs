//! Where the built site is, and what Leptos needs to know of it.

use std::path::{Path, PathBuf};

use leptos::config::{LeptosOptions, get_config_from_str};

use crate::config::Config;

/// `Leptos.toml`, embedded; `LEPTOS_*` variables go over it.
const LEPTOS_TOML: &str = include_str!("../../Leptos.toml");

/// The site's options, with its root found beside the program wherever that is run from.
pub fn options(config: &Config) -> LeptosOptions {
    let mut options = defaults();
    options.site_addr = config.listen;
    let root = find(&options.site_root);
    let hashes = root.join("hash.txt");
    if hashes.is_file() {
        options.hash_file = hashes.to_string_lossy().into();
    } else {
        tracing::warn!("no site in {}: pages work, but nothing on them moves; `make site` builds it", root.display());
        options.hash_files = false;
    }
    options.site_root = root.to_string_lossy().into();
    options
}

fn defaults() -> LeptosOptions {
    match get_config_from_str(LEPTOS_TOML) {
        Ok(options) => options,
        // A LEPTOS_* variable that makes no sense must not keep Heron from watching.
        Err(error) => {
            tracing::warn!("LEPTOS_* variables were ignored: {error}");
            LeptosOptions::builder().output_name("heron").site_root("site").build()
        }
    }
}

/// A relative root is looked for beside the program first, so that `heron serve` works from anywhere.
fn find(root: &str) -> PathBuf {
    let root = Path::new(root);
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(root)));
    match beside {
        Some(beside) if root.is_relative() && beside.is_dir() => beside,
        _ => root.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_options_can_be_read() {
        let options = get_config_from_str(LEPTOS_TOML).unwrap();
        assert_eq!(&*options.output_name, "heron");
    }
}
