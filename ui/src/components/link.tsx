import { Anchor, type AnchorProps, Button, type ButtonProps, NavLink, type NavLinkProps } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { createLink } from "@tanstack/react-router";
import { forwardRef, type ReactNode } from "react";

const AnchorBase = forwardRef<HTMLAnchorElement, AnchorProps>((props, ref) => <Anchor ref={ref} {...props} />);
AnchorBase.displayName = "AnchorBase";
const ButtonBase = forwardRef<HTMLAnchorElement, ButtonProps>((props, ref) => <Button component="a" ref={ref} {...props} />);
ButtonBase.displayName = "ButtonBase";

const NavLinkBase = forwardRef<HTMLAnchorElement, NavLinkProps>((props, ref) => <NavLink component="a" ref={ref} {...props} />);
NavLinkBase.displayName = "NavLinkBase";

/** Links of the router in Mantine's clothes. */
export const RouterAnchor = createLink(AnchorBase);
export const RouterButton = createLink(ButtonBase);
export const RouterNavLink = createLink(NavLinkBase);

const BackBase = forwardRef<HTMLAnchorElement, AnchorProps & { children?: ReactNode }>(({ children, ...props }, ref) => (
  <Anchor ref={ref} size="sm" mb={4} style={{ display: "inline-flex", alignItems: "center", gap: 4 }} {...props}>
    <IconArrowLeft size={14} aria-hidden /> {children}
  </Anchor>
));
BackBase.displayName = "BackBase";

/** The way back to the list a page belongs to, above its title. */
export const BackLink = createLink(BackBase);
