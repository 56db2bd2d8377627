//! The history on a real PostgreSQL server, made for the test in a temporary folder.
//!
//! Runs the server as somebody without rights, on a free port and a socket of its own. Never touches another cluster.

mod support;

#[cfg(all(unix, feature = "postgres"))]
#[path = "support/postgres.rs"]
mod server;

#[cfg(all(unix, feature = "postgres"))]
mod tests {
    use super::server::{PASSWORD, Server};
    use super::support::{Bench, Ran};
    use std::process::Stdio;

    const CHECK: [&str; 4] = ["check", "-q", "--only", "launched once and only once"];

    fn run(bench: &Bench, url: &str, args: &[&str]) -> Ran {
        let ran = Ran::of(&bench.command(args).env("PROOFMARK_HISTORY", url).output().expect("it runs"));
        assert!(!format!("{}{}", ran.out, ran.err).contains(PASSWORD), "{}{}", ran.out, ran.err);
        ran
    }

    fn check(bench: &Bench, url: &str) {
        let ran = run(bench, url, &CHECK);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    }

    fn list(bench: &Bench, url: &str) -> Vec<String> {
        let ran = run(bench, url, &["report", "list"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        ran.out.lines().skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn a_team_shares_what_each_of_them_ran() {
        let Some(server) = Server::start() else { return };
        let url = server.url("team");
        let (ann, bob) = (Bench::new(), Bench::new());
        check(&ann, &url);
        check(&ann, &url);
        check(&bob, &url);
        assert_eq!((list(&ann, &url).len(), list(&bob, &url)), (3, list(&ann, &url)));
        assert!(!ann.path("reports/history.db").exists());
        let trend = run(&bob, &url, &["report", "trend", "--kind", "check", "--format", "json"]);
        let record: serde_json::Value = serde_json::from_str(&trend.out).expect("JSON");
        let runs = record["tracks"][0]["runs"].as_array().expect("runs");
        assert_eq!((runs.len(), runs.iter().filter(|r| r["page"].is_string()).count()), (3, 1), "only his own can be opened");

        // What comes out of a server is what a file gives.
        let exported = run(&bob, &url, &["report", "export"]);
        bob.write("team.jsonl", &exported.out);
        assert_eq!(run(&bob, "copy.db", &["report", "import", "team.jsonl"]).code, 0);
        assert_eq!(run(&bob, "copy.db", &["report", "export"]).out, exported.out);
        let other = server.url("other");
        assert_eq!(run(&bob, &other, &["report", "import", "team.jsonl"]).out.lines().count(), 1);
        assert_eq!(run(&bob, &other, &["report", "import", "team.jsonl"]).code, 0);
        assert_eq!(run(&bob, &other, &["report", "export"]).out, exported.out);

        // Ann takes her own away, and nobody else's.
        let pruned = run(&ann, &url, &["report", "prune", "--keep", "0"]);
        assert!(pruned.code == 0 && pruned.out.ends_with("2 runs taken away, 0 kept\n"), "{}{}", pruned.out, pruned.err);
        assert_eq!(list(&bob, &url).len(), 1);
        let indexed = run(&ann, &url, &["report", "index"]);
        assert!(indexed.code == 0 && indexed.out.starts_with("0 runs in postgres://"), "{}{}", indexed.out, indexed.err);
        assert_eq!(list(&bob, &url).len(), 1, "an index of her folder takes out nothing of his");
    }

    #[test]
    fn runs_that_end_at_the_same_time_are_all_put_down() {
        let Some(server) = Server::start() else { return };
        let url = server.url("team");
        let bench = Bench::new();
        let started: Vec<_> = (0..4)
            .map(|seed: u32| {
                let seed = seed.to_string();
                let mut command = bench.command(&[&CHECK[..], &["--seed", &seed]].concat());
                command.env("PROOFMARK_HISTORY", &url).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
            })
            .collect();
        for child in started {
            let ran = Ran::of(&child.wait_with_output().expect("it ends"));
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        }
        assert_eq!(list(&bench, &url).len(), 4);
    }

    #[test]
    fn what_a_server_refuses_is_said_without_its_password() {
        let Some(server) = Server::start() else { return };
        let bench = Bench::new();
        let url = server.url("team");
        check(&bench, &url);
        let wrong = run(&bench, &url.replace(PASSWORD, "another"), &["report", "list"]);
        assert!(wrong.code == 2 && wrong.err.contains("history/unreachable"), "{}", wrong.err);
        assert!(wrong.err.contains("password authentication failed") && !wrong.err.contains("another"), "{}", wrong.err);
        let missing = run(&bench, &server.url("nowhere"), &["report", "list"]);
        assert!(missing.code == 2 && missing.err.contains("does not exist"), "{}", missing.err);
        let empty = run(&bench, &server.url("other"), &["report", "list"]);
        assert!(empty.code == 2 && empty.err.contains("history/none"), "{}", empty.err);

        server.sql("team", "UPDATE proofmark_meta SET value = '7' WHERE name = 'version'");
        for args in [&["report", "list"][..], &["report", "index"], &["report", "prune", "--keep", "0"]] {
            let newer = run(&bench, &url, args);
            assert!(newer.code == 2 && newer.err.contains("history/newer"), "{args:?} {}", newer.err);
        }
        let ran = run(&bench, &url, &CHECK);
        assert!(ran.code == 0 && ran.err.contains("warning[history/newer]"), "{}{}", ran.out, ran.err);
        server.sql("team", "UPDATE proofmark_meta SET value = '1' WHERE name = 'version'");

        server.sql("team", "ALTER DATABASE team SET default_transaction_read_only = on");
        let ran = run(&bench, &url, &CHECK);
        assert!(ran.code == 0 && ran.err.contains("warning[history/unwritable]"), "{}{}", ran.out, ran.err);
        assert_eq!(list_of(&bench, &url), 1);
    }

    fn list_of(bench: &Bench, url: &str) -> usize {
        run(bench, url, &["report", "list"]).out.lines().skip(1).count()
    }

    #[test]
    fn tls_is_spoken_and_verified_where_it_is_asked_for_and_the_socket_does_too() {
        let Some(server) = Server::start() else { return };
        let bench = Bench::new();
        check(&bench, &server.socket_url("team"));
        let url = server.url("team");
        let ca = server.authority();
        let verified = format!("{url}?sslmode=verify-full&sslrootcert={}", ca.display());
        assert_eq!(list(&bench, &verified).len(), 1);
        let told = server.sql("team", "SELECT count(*) FROM pg_stat_ssl WHERE ssl");
        assert!(!told.is_empty());
        let refused = run(&bench, &format!("{url}?sslmode=require"), &["report", "list"]);
        assert!(
            refused.code == 2 && refused.err.contains("history/unreachable"),
            "a chain that nobody vouches for: {}",
            refused.err
        );
        let unknown = run(&bench, &format!("{url}?sslmode=sometimes"), &["report", "list"]);
        assert!(unknown.code == 2 && unknown.err.contains("sslmode=sometimes"), "{}", unknown.err);
    }
}
