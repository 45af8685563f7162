//! `heron serve`: the web page and the capture schedule.

use std::net::SocketAddr;

use dashboard::Installation;
use tokio::net::TcpListener;

use super::{House, asked_to_stop};
use crate::{
    cli::Serve,
    config::Config,
    exit::{Error, Exit, Result},
    routes, site,
};

/// Serves until it is asked to stop.
///
/// # Errors
/// When the configuration makes no sense, the store does not open, or the address cannot be listened on.
pub async fn run(serve: Serve) -> Result {
    let mut config = Config::serve(&serve)?;
    let house = House::open(&config).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| Error::Io(format!("cannot listen on {}", config.listen), error))?;
    // With port 0 the system chooses one, and links need the one it chose.
    config.listen = listener.local_addr().unwrap_or(config.listen);
    let stop = asked_to_stop();
    for note in &config.notes {
        tracing::warn!("{note}");
    }

    println!("Heron listens on {}", config.address());
    if let Some((name, password)) = &config.administrator {
        match house.dashboard.first_administrator_named(name, password).await {
            Ok(Some(person)) => println!("Sign in as {} with the password of the configuration", person.name),
            Ok(None) => {}
            Err(dashboard::Error::Refused(why)) => tracing::warn!("the configured password is not taken over: {why}"),
            Err(error) => return Err(error.into()),
        }
    }
    if let Some((person, ticket)) = house.dashboard.first_administrator().await? {
        println!(
            "Sign in as {} with this link, once, within 24 hours: {}/sign-in?ticket={}",
            person.name,
            config.address(),
            ticket.secret()
        );
    }

    let collecting = tokio::spawn(house.collector.clone().run());
    let dashboard = house.dashboard.clone().with_installation(installation(&config));
    let router = routes::router(site::options(&config), dashboard, house.store.clone(), &config);
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop)
        .await
        .map_err(|error| Error::Io("cannot go on serving".into(), error))?;
    collecting.abort();
    house.close().await;
    Ok(Exit::Fine)
}

/// What people may know of how this Heron is set up.
fn installation(config: &Config) -> Installation {
    let store = match config.store.split(':').next() {
        Some("postgres" | "postgresql") => "PostgreSQL",
        Some("mysql" | "mariadb") => "MariaDB",
        _ => "SQLite",
    };
    Installation {
        address: config.address(),
        store: store.into(),
        capture_interval: config.capture_interval,
        keep: config.keep,
    }
}
