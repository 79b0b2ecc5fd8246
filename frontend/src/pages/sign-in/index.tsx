import { Box, Image, Loader, Paper, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useSearch } from "wouter";
import { ME, type Me, welcome } from "../../session.tsx";
import { goesTo, useCode } from "./arriving.ts";
import { whoIsHere } from "./calls.ts";
import classes from "./SignIn.module.css";
import { WithLink } from "./WithLink.tsx";
import { WithToken } from "./WithToken.tsx";

const HERE = ["who-is-here"];

/** The way in: a link that works once, or a token. Who is signed in already is sent on, unless a link came along. */
export default function SignIn() {
  useDocumentTitle("Sign in · Deskhand");
  const [code, codeUsed] = useCode();
  const there = goesTo(useSearch());
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [leaving, setLeaving] = useState(false);
  const here = useQuery({ queryKey: HERE, queryFn: whoIsHere, retry: false, staleTime: 0, gcTime: 0 });

  const enter = (me: Me) => {
    setLeaving(true);
    // What was fetched for whoever was signed in before is not for this one.
    client.removeQueries({ predicate: (query) => query.queryKey !== HERE });
    client.setQueryData(ME, welcome(me));
    navigate(there, { replace: true });
  };

  return (
    <Box component="main" className={classes.ground}>
      <Paper withBorder className={classes.card}>
        <Stack gap="lg">
          <div className={classes.head}>
            <Image src="/console/favicon.svg" alt="" w={40} h={40} />
            <Title order={1} size="h3">
              Sign in to Deskhand
            </Title>
          </div>
          {leaving || here.isPending ? (
            <Waiting />
          ) : code ? (
            <WithLink key={code} code={code} here={here.data ?? null} onEnter={enter} onGiveUp={codeUsed} />
          ) : (
            <WithToken here={here.data ?? null} onEnter={enter} />
          )}
        </Stack>
      </Paper>
    </Box>
  );
}

function Waiting() {
  return (
    <div className={classes.waiting} role="status">
      <Loader size="sm" aria-hidden />
      <Text size="sm" c="dimmed">
        One moment…
      </Text>
    </div>
  );
}
