//! A PostgreSQL cluster of the tests' own, in a temporary folder on a free loopback port. It is
//! started once for the whole test binary; each test gets a database of its own. It ends with the
//! test process, however that ends: a shell beside the server waits for our end of a pipe to close.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::packages;

/// Part of every database URL; tests make sure that no message shows it.
pub const PASSWORD: &str = "not-a-secret-4711";
const USER: &str = "tester";

struct Cluster {
    programs: PathBuf,
    port: u16,
    /// Its standard input is the pipe that keeps the server alive.
    _keeper: Child,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The URL of a new, empty database.
pub fn database() -> String {
    let cluster = CLUSTER.get_or_init(Cluster::start);
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    assert!(cluster.psql(&format!("CREATE DATABASE {name}")), "cannot create a database for a test");
    format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{name}", cluster.port)
}

impl Cluster {
    fn start() -> Self {
        packages::need(&["postgresql"]);
        let programs = newest_programs();
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        let password = folder.join("password");
        std::fs::write(&password, PASSWORD).expect("the password file");
        let user = unprivileged(&[&folder, &password]);
        let data = folder.join("data");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();

        let made = as_user(user, &programs.join("initdb"))
            .args(["--no-sync", "--no-locale", "--encoding=UTF8", "--auth=scram-sha-256", "--username", USER])
            .arg("--pwfile")
            .arg(&password)
            .arg("-D")
            .arg(&data)
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

        // fsync is off because no test here cuts the power; commits still wait in the same order.
        let script = r#""$0" -D "$1" -p "$2" -k "$3" -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off >"$3/log" 2>&1 &
            server=$!; read -r _; kill -QUIT "$server"; wait "$server"; rm -rf "$3""#;
        let keeper = as_user(user, Path::new("/bin/sh"))
            .args(["-c", script])
            .arg(programs.join("postgres"))
            .arg(&data)
            .arg(port.to_string())
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let cluster = Self { programs, port, _keeper: keeper };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !cluster.psql("SELECT 1") {
            assert!(Instant::now() < deadline, "PostgreSQL did not come up; see {}/log", folder.display());
            std::thread::sleep(Duration::from_millis(20));
        }
        cluster
    }

    fn psql(&self, sql: &str) -> bool {
        Command::new(self.programs.join("psql"))
            .args(["-h", "127.0.0.1", "-U", USER, "-d", "postgres", "-qc", sql, "-p", &self.port.to_string()])
            .env("PGPASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

/// PostgreSQL's programs; Debian keeps them in a folder of each major version.
fn newest_programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let newest = versions
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .expect("PostgreSQL is installed");
    PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"))
}

/// PostgreSQL refuses to run as root: then it runs as the user the package made, who gets these
/// paths. `None` when we are not root.
fn unprivileged(paths: &[&Path]) -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> u32 {
        let output = Command::new("id").args(arguments).output().expect("id runs");
        String::from_utf8_lossy(&output.stdout).trim().parse().expect("a user number")
    };
    if id(&["-u"]) != 0 {
        return None;
    }
    let (user, group) = (id(&["-u", "postgres"]), id(&["-g", "postgres"]));
    for path in paths {
        std::os::unix::fs::chown(path, Some(user), Some(group)).expect("root may give files away");
    }
    Some((user, group))
}

fn as_user(user: Option<(u32, u32)>, program: &Path) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(program);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command.current_dir("/");
    command
}

/// Waits until somebody in this database waits for a lock.
pub async fn until_a_lock_is_waited_for(url: &str) {
    use sqlx::Connection as _;
    let mut session = sqlx::PgConnection::connect(url).await.unwrap();
    super::patience::until("somebody who waits for a lock", async || {
        let sql =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let waiting: i64 = sqlx::query_scalar(sql).fetch_one(&mut session).await.unwrap();
        (waiting > 0).then_some(())
    })
    .await;
}
