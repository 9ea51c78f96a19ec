//! Draws a frame on the processor: no graphics card, no display, the same pixels everywhere.
//!
//! Each triangle is filled with the top-left rule, so that neighbours share no pixel and leave
//! none out; textures are sampled bilinearly; colours are blended premultiplied.

use std::collections::HashMap;

use egui::epaint::{ClippedPrimitive, ImageDelta, Mesh, Primitive, Vertex};
use egui::{Pos2, TextureFilter, TextureId};
use image::RgbaImage;

/// A texture: its size and its premultiplied pixels.
struct Texture {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 4]>,
    nearest: bool,
}

/// The renderer.
#[derive(Default)]
pub struct Pixels {
    textures: HashMap<TextureId, Texture>,
}

/// Where pixels may be set: left, top, right, bottom.
type Clip = [usize; 4];

impl Pixels {
    fn update(&mut self, id: TextureId, delta: &ImageDelta) {
        let egui::ImageData::Color(image) = &delta.image;
        let [width, height] = image.size;
        let pixels = image.pixels.iter().map(|c| c.to_array().map(f32::from)).collect::<Vec<_>>();
        let Some([left, top]) = delta.pos else {
            let nearest = delta.options.magnification == TextureFilter::Nearest;
            self.textures.insert(id, Texture { width, height, pixels, nearest });
            return;
        };
        let whole = self.textures.get_mut(&id).expect("a texture is set before a part of it");
        for (row, part) in pixels.chunks_exact(width).enumerate() {
            let start = (top + row) * whole.width + left;
            whole.pixels[start..start + width].copy_from_slice(part);
        }
    }

    fn draw(&self, image: &mut RgbaImage, primitives: &[ClippedPrimitive], scale: f32) {
        for clipped in primitives {
            let Primitive::Mesh(mesh) = &clipped.primitive else { continue };
            let edge = |v: f32, most: u32| (v * scale).round().clamp(0.0, most as f32) as usize;
            let (min, max) = (clipped.clip_rect.min, clipped.clip_rect.max);
            let clip = [
                edge(min.x, image.width()),
                edge(min.y, image.height()),
                edge(max.x, image.width()),
                edge(max.y, image.height()),
            ];
            self.draw_mesh(image, mesh, scale, clip);
        }
    }

    fn draw_mesh(&self, image: &mut RgbaImage, mesh: &Mesh, scale: f32, clip: Clip) {
        let texture = self.textures.get(&mesh.texture_id).expect("a mesh's texture is set");
        for corners in mesh.indices.chunks_exact(3) {
            let corner = |n: usize| &mesh.vertices[corners[n] as usize];
            let triangle = [corner(0), corner(1), corner(2)];
            draw_triangle(image, texture, triangle, scale, clip);
        }
    }
}

/// Twice the area of a, b and the point; positive on the inner side.
fn side(a: Pos2, b: Pos2, point: Pos2) -> f32 {
    (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
}

fn is_top_left(a: Pos2, b: Pos2) -> bool {
    b.y < a.y || (b.y == a.y && b.x > a.x)
}

fn draw_triangle(
    image: &mut RgbaImage,
    texture: &Texture,
    mut triangle: [&Vertex; 3],
    scale: f32,
    [left, top, right, bottom]: Clip,
) {
    let place = |v: &Vertex| (v.pos.to_vec2() * scale).to_pos2();
    let area = side(place(triangle[0]), place(triangle[1]), place(triangle[2]));
    if area == 0.0 {
        return;
    }
    if area < 0.0 {
        triangle.swap(1, 2); // One orientation, so that one rule holds.
    }
    let at = triangle.map(place);
    let span = |low: f32, high: f32, from: usize, to: usize| {
        (low.floor().max(from as f32) as usize)..(high.ceil().min(to as f32).max(0.0) as usize)
    };
    let rows = span(
        at.iter().map(|p| p.y).fold(f32::MAX, f32::min),
        at.iter().map(|p| p.y).fold(f32::MIN, f32::max),
        top,
        bottom,
    );
    let columns = span(
        at.iter().map(|p| p.x).fold(f32::MAX, f32::min),
        at.iter().map(|p| p.x).fold(f32::MIN, f32::max),
        left,
        right,
    );
    let edges = [(at[1], at[2]), (at[2], at[0]), (at[0], at[1])];
    let whole = area.abs();
    for y in rows {
        for x in columns.clone() {
            let point = egui::pos2(x as f32 + 0.5, y as f32 + 0.5);
            let sides = edges.map(|(a, b)| side(a, b, point));
            let inside = sides
                .iter()
                .zip(edges)
                .all(|(s, (a, b))| *s > 0.0 || (*s == 0.0 && is_top_left(a, b)));
            if inside {
                let weights = sides.map(|s| s / whole);
                let color = shade(texture, triangle, weights);
                blend(image.get_pixel_mut(x as u32, y as u32), color);
            }
        }
    }
}

/// The colour of a point: the corners' colours and texture, by weight.
fn shade(texture: &Texture, triangle: [&Vertex; 3], weights: [f32; 3]) -> [f32; 4] {
    let mut color = [0.0; 4];
    let (mut u, mut v) = (0.0, 0.0);
    for (vertex, weight) in triangle.into_iter().zip(weights) {
        for (sum, part) in color.iter_mut().zip(vertex.color.to_array()) {
            *sum += f32::from(part) * weight;
        }
        u += vertex.uv.x * weight;
        v += vertex.uv.y * weight;
    }
    let texel = texture.sample(u, v);
    std::array::from_fn(|i| color[i] * texel[i] / 255.0)
}

fn blend(pixel: &mut image::Rgba<u8>, color: [f32; 4]) {
    let behind = 1.0 - color[3] / 255.0;
    for (channel, source) in pixel.0.iter_mut().zip(color) {
        *channel = (source + f32::from(*channel) * behind + 0.5).clamp(0.0, 255.0) as u8;
    }
}

impl Texture {
    fn at(&self, x: f32, y: f32) -> [f32; 4] {
        let x = (x.max(0.0) as usize).min(self.width - 1);
        let y = (y.max(0.0) as usize).min(self.height - 1);
        self.pixels[y * self.width + x]
    }

    fn sample(&self, u: f32, v: f32) -> [f32; 4] {
        let (x, y) = (u * self.width as f32, v * self.height as f32);
        if self.nearest {
            return self.at(x.floor(), y.floor());
        }
        let (x, y) = (x - 0.5, y - 0.5);
        let (x0, y0) = (x.floor(), y.floor());
        let (right, down) = (x - x0, y - y0);
        let (a, b) = (self.at(x0, y0), self.at(x0 + 1.0, y0));
        let (c, d) = (self.at(x0, y0 + 1.0), self.at(x0 + 1.0, y0 + 1.0));
        std::array::from_fn(|i| {
            let above = a[i] * (1.0 - right) + b[i] * right;
            let below = c[i] * (1.0 - right) + d[i] * right;
            above * (1.0 - down) + below * down
        })
    }
}

impl egui_kittest::TestRenderer for Pixels {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        for (id, parts) in &delta.set {
            for part in parts {
                self.update(*id, part);
            }
        }
        for id in &delta.free {
            self.textures.remove(id);
        }
        delta.clear();
    }

    fn render(
        &mut self,
        ctx: &egui::Context,
        output: &egui::FullOutput,
    ) -> Result<RgbaImage, String> {
        let scale = output.pixels_per_point;
        let size = ctx.content_rect().size() * scale;
        let mut image = RgbaImage::new(size.x.round() as u32, size.y.round() as u32);
        let primitives = ctx.tessellate(output.shapes.clone(), scale);
        self.draw(&mut image, &primitives, scale);
        Ok(image)
    }
}
