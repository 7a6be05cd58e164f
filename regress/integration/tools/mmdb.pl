#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Writes a database of MaxMind's format to stdout, with their own writer, from
# lines "prefix CC [how]" on stdin.  Of prefixes that overlap the later one
# counts.  how is country (the default), registered, flat ("country_code"),
# bare ("country" is the code), or none, for a value without a country.  -4 is
# a tree of IPv4 alone, -n one of IPv6 in which IPv4 addresses stand only once.
#
#	mmdb.pl [-4] [-n] [-r 24|28|32] [-t type] <lines >database

use strict;
use warnings;

use Getopt::Std;
use MaxMind::DB::Writer::Tree;

my %opt = (r => 28, t => 'GeoLite2-Country');
getopts('4nr:t:', \%opt) or exit 2;

my %how = (
	country =>	sub { +{ continent => { code => 'XX' },
			    country => { iso_code => $_[0],
			    names => { en => "the country $_[0]" } },
			    registered_country => { iso_code => 'XR' } } },
	registered =>	sub { +{ registered_country => { iso_code => $_[0] } } },
	flat =>		sub { +{ continent => { code => 'XX' },
			    country_code => $_[0] } },
	none =>		sub { +{ continent => { code => $_[0] } } },
	bare =>		sub { +{ country => $_[0] } },
);
my $bare = 0;
my %type = (
	continent => 'map', country => 'map', registered_country => 'map',
	names => 'map', code => 'utf8_string', en => 'utf8_string',
	iso_code => 'utf8_string', country_code => 'utf8_string',
);
my $tree = MaxMind::DB::Writer::Tree->new(
	ip_version => $opt{4} ? 4 : 6,
	record_size => $opt{r},
	database_type => $opt{t},
	languages => ['en'],
	description => { en => 'made by a test' },
	alias_ipv6_to_ipv4 => $opt{4} || $opt{n} ? 0 : 1,
	remove_reserved_networks => 0,
	map_key_type_callback => sub {
		return $bare && $_[0] eq 'country' ? 'utf8_string' :
		    $type{$_[0]};
	},
);

while (<STDIN>) {
	my ($prefix, $code, $how) = split;
	$how ||= 'country';
	$bare = 1 if $how eq 'bare';
	# IPv4 lies in ::/96 of a tree of IPv6, the writer knows that.
	$tree->insert_network($prefix, $how{$how}->($code));
}
binmode STDOUT;
$tree->write_tree(\*STDOUT);
