import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";
import "../i18n";
import { PersonMenu } from "./person-menu";

const page = (of: ReactNode) =>
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <Notifications />
        {of}
      </QueryClientProvider>
    </MantineProvider>,
  );

test("what cannot be taken back asks first", async () => {
  const run = vi.fn(() => Promise.resolve());
  page(<PersonMenu label="Do something" run={run} />);
  await userEvent.click(screen.getByRole("button", { name: "Do something" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Remove from the journey" }));
  await screen.findByText(/cannot be taken back/);
  expect(run).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Remove from the journey" }));
  expect(run).toHaveBeenCalledWith("stop");
});

test("who was held is released by one press of undo", async () => {
  const done: string[] = [];
  const back = vi.fn(() => Promise.resolve());
  page(<PersonMenu label="Do something" run={(kind) => Promise.resolve(done.push(kind))} undo={() => back} />);
  await userEvent.click(screen.getByRole("button", { name: "Do something" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Hold" }));
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  expect(done).toEqual(["hold"]);
  expect(back).toHaveBeenCalledOnce();
});
