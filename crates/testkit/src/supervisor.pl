# Runs a server for as long as somebody holds a lock on the file at standard input, and `grace` seconds more.
# perl -e … grace data command…
use strict;
use warnings;
use Fcntl ':flock';
use POSIX ':sys_wait_h';

my ($grace, $data, @command) = @ARGV;
my $told;
$SIG{TERM} = $SIG{INT} = $SIG{HUP} = sub { $told = 1 };

my $server = fork // die "fork: $!";
if (!$server) {
    open STDIN, '<', '/dev/null';
    exec @command or die "$command[0]: $!";
}

my $idle = 0;
until ($told) {
    exit if waitpid($server, WNOHANG);
    if (flock STDIN, LOCK_EX | LOCK_NB) {
        last if ($idle += 0.25) > $grace;    # and keep the lock: newcomers wait until the server is gone
        flock STDIN, LOCK_UN;
    } else {
        $idle = 0;
    }
    select undef, undef, undef, 0.25;
}

kill INT => $server;
for (1 .. 100) {
    last if waitpid($server, WNOHANG);
    kill QUIT => $server if $_ == 60;
    select undef, undef, undef, 0.1;
}
system 'rm', '-rf', $data;
