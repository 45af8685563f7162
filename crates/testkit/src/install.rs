//! Where things are: PostgreSQL's programs, the folder for clusters, and the account that may run a server.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("crates/testkit stands in a repository")
}

/// PostgreSQL refuses to run as root. There it runs as `nobody`, elsewhere as whoever runs the tests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    nobody: Option<(u32, u32)>,
}

impl Account {
    pub(crate) fn get() -> Self {
        static ACCOUNT: OnceLock<Account> = OnceLock::new();
        *ACCOUNT.get_or_init(|| {
            // Who owns a new file is who we are.
            let us = tempfile::tempfile().and_then(|file| file.metadata()).expect("a temporary file").uid();
            let id = |flag| {
                let output = Command::new("id").args([flag, "nobody"]).output().expect("`id` runs");
                String::from_utf8_lossy(&output.stdout).trim().parse().expect("there is a user `nobody`")
            };
            Self { nobody: (us == 0).then(|| (id("-u"), id("-g"))) }
        })
    }

    /// A command that runs under this account.
    pub(crate) fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.nobody {
            command.uid(user).gid(group);
        }
        command
    }

    /// Hands a file or folder to this account.
    pub(crate) fn own(self, path: &Path) {
        if let Some((user, group)) = self.nobody {
            std::os::unix::fs::chown(path, Some(user), Some(group)).expect("root may give files away");
        }
    }

    /// Whether this account gets as far as `path`: root's own folders may be closed to it.
    fn reaches(self, path: &Path) -> bool {
        self.nobody.is_none()
            || path
                .ancestors()
                .all(|folder| fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o005 == 0o005))
    }
}

/// The folder for clusters: `target/clusters`, or one under the system's temporary folder where the account that runs
/// PostgreSQL cannot get to `target`.
pub(crate) fn clusters() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let target = root().join("target");
        fs::create_dir_all(&target).expect("target can be made");
        if Account::get().reaches(&target) {
            return target.join("clusters");
        }
        // One for each clone.
        let clone: String = root().to_string_lossy().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        std::env::temp_dir().join(format!("heron-clusters{clone}"))
    });
    fs::create_dir_all(folder).expect("a folder for clusters");
    let owner = fs::metadata(folder).expect("the folder for clusters is there").uid();
    let us = tempfile::tempfile_in(folder).and_then(|file| file.metadata()).expect("a file there").uid();
    assert_eq!(owner, us, "{} belongs to somebody else", folder.display());
    folder.clone()
}

/// PostgreSQL's programs (`initdb`, `pg_ctl`, `postgres`) of one major version, readable to the account that runs them.
pub(crate) fn programs(major: u16) -> PathBuf {
    let (system, machine) = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("macos", "aarch64") => ("darwin", "arm64"),
        ("macos", _) => ("darwin", "x64"),
        (_, "aarch64") => ("linux", "arm64"),
        _ => ("linux", "x64"),
    };
    let native = root().join(format!("node_modules/pg{major}-{system}-{machine}/native"));
    assert!(
        native.join("bin/postgres").is_file(),
        "PostgreSQL {major} for {system}-{machine} is not in node_modules: run `make tools`, or choose others with PG=…"
    );
    if Account::get().reaches(&native) {
        return native.join("bin");
    }
    let copy = clusters().join(format!("programs-{major}"));
    if !copy.exists() {
        let fresh = tempfile::tempdir_in(clusters()).expect("a temporary folder");
        let status = Command::new("cp").arg("-R").arg(&native).arg(fresh.path()).status().expect("`cp` runs");
        assert!(status.success(), "PostgreSQL's programs cannot be copied");
        // Somebody else may have been faster.
        let _ = fs::rename(fresh.path().join("native"), &copy);
    }
    copy.join("bin")
}
